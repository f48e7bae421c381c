"""The Seam-compatible API, mounted at /seam: translation and nothing else. Rules live in access.codes and its like.

- `urls`: the list of all endpoints, and whatever else is asked below /seam.
- `routing`: a request becomes a `Call` (who asks, what, when), its endpoint's answer becomes JSON.
- `reading`: queries and bodies become typed values, or the documented tree of validation errors.
- `kinds`: the types of parameters.
- `auth`: who asks, what that lets them see and do. `errors`: each refusal in the documented shape.
- `secrecy`: no door code in crash reports.
- `describing`: the table of endpoints as an OpenAPI document, docs/seam-openapi.json.
- `paging`, `limits`: lists in pages; so many changes a minute for each device.
- `shapes/`: rows become the documented objects, many at once and with a constant number of queries.
- `endpoints/`: one module for each group of paths.

An endpoint is a function of a `Call` that returns the keys of its answer, registered in its module's `routes`:

    routes = Routes()

    @routes.read("things/get", {"thing_id": needs(Id())})
    def get_thing(call: Call) -> Answer:
        return {"thing": show_thing(find(call.rows(Thing), call["thing_id"], "thing"), call)}

`routes.read` takes GET and POST and needs the scope `read`; `routes.change` takes POST and the methods that are named,
and needs `write`. A new module is added to `MODULES` in `urls`. Rows are only ever fetched through `call.rows(Model)`.
"""
