// Shows the OpenAPI description; no validator of another host is asked about it.
"use strict";

addEventListener("DOMContentLoaded", () => {
  const place = document.getElementById("api-docs");
  SwaggerUIBundle({
    domNode: place,
    url: place.dataset.schema,
    validatorUrl: null,
    deepLinking: true,
    docExpansion: "list",
    filter: true,
    tryItOutEnabled: false,
    supportedSubmitMethods: ["get", "put", "post", "patch", "delete"],
  });
});
