"""Run what is due: lease accounts (`leases`), look and act on one device (`reconciling`), with the database work of a
look (`looking`, `evidence`) and of a command (`commanding`) apart, and the loop that holds it together (`runner`)."""
