"""A simulator of Oracle Cloud Infrastructure that the real `oci` SDK and the real `oci` command
line talk to.

How a request travels: `server` (HTTP) -> `gate` (route, signature, faults, validation, retry token,
lock) -> an operation of a service or a verb of a kind (`verbs`) -> `shapes` (projection to the
SDK's response model) -> journal and audit event. Routing, validation and shapes come from
`surface`, which reads the installed SDK's own source; a service module adds behaviour only.

How a service module looks (`services/<name>.py`, and one line in `services/__init__.py`)
-----------------------------------------------------------------------------------------
It ends with one constant, nothing registers itself:

    SERVICE = Service( name="core",                                   # the SDK package: oci.core
    clients=("VirtualNetworkClient",),             # the client classes that are served
    kinds=(Kind(name="Vcn", word="vcn", ...), ...), operations={"list_services": list_services},   #
    by SDK operation name; wins over the generic verb of a kind waits={"get_messages": wait},
    # fn(call) before the operation takes the one lock: a long poll
    unsigned=("get_confirm_subscription",),        # operations that also take an unsigned call
    (call.caller is then NOBODY) work_request=WorkRequestFamily(status="lifecycleState"),  # how its
    work requests are written completions={"create_backend": fn},            # fn(engine,
    work_request): what a work request does when its time is up control={"POST /images":
    push_image},          # routes on the control port: fn(engine, payload) -> JSON value
    listens={"metric": on_metric},                 # fn(engine, payload), called by
    engine.emit("metric", payload) start=start, stop=stop,                        # fn(engine):
    background work; also called around a reset )

A `Kind` is data (see `service.Kind` for every field). With `Kind(name="Vcn", word="vcn")` the
operations create_vcn, get_vcn, list_vcns, update_vcn, delete_vcn and change_vcn_compartment work,
as far as the SDK has them: required fields, enums, compartment, tags, references
(`references={"vcnId": "Vcn", "kmsKeyId": "key_management.Key"}`: must exist, and while they live
the thing they point to cannot be deleted: 409), unique names (`unique=("vaultId", "secretName")`),
lifecycle states with delays (`life=Life(...)`), work requests (`work_requests={"create":
"CREATE_CONTAINER_INSTANCE"}`), etag, paging, filters, limits, audit events. What data cannot say
goes into its hooks:

    before_create(call, record)            record.body is the request plus defaults; raise, or
    change it after_create(call, record)             it is stored; make children with
    call.create(...) before_update(call, record, changes)   changes is the request; record.body is
    still the old one before_delete(call, record) on={"ACTIVE": fn}                      fn(engine,
    record) after a *timed* transition into that state; what it changes in record.body /
    record.hidden is stored present(engine, record) -> dict        fields computed at answer time

An operation is `fn(call) -> value`: a Record or dict (projected to the response model, with its
etag), a list (filtered by the caller's query, sorted and paged unless it returns `call.page(...)`
itself), bytes or str, None (204, or 202 after `call.work_request`), or an `Answer` for anything
else. Refuse by raising what `errors` makes: not_found(), conflict(...), incorrect_state(...),
invalid(...), limit_exceeded(...).

What a call gives (`call.Call`): `.path`, `.query`, `.headers`, `.body` (wire names, already
validated; bytes for raw bodies), `.caller`, `.at` (the OCID in an endpoint made by
`engine.endpoint_of(ocid)`), `.target()` (the record that the path names; 404, 412 and
hidden-by-fault are dealt with), `.find(kind, ocid)`, `.create(kind, body, hidden=...)`,
`.save(record)`, `.retire(record)` (start deletion), `.records(kind, **fields)`, and
`.work_request(operation_type, resources, seconds, then="name", payload={...})`: with `then`, the
completion of that name runs when the time is up, finds the payload in
`work_request.hidden["payload"]`, and fails the work request by raising an error of `errors`. All
work request operations (get, list, errors, logs) are served by the engine.

What the engine gives background work: `engine.address` (http://127.0.0.1:PORT, the base for URLs
that are handed out), `engine.clock.now()` (seconds; honours advance),
`engine.clock.scaled(seconds)`, `engine.every(seconds, fn, name)` (a thread that calls fn(engine)
until stop), `with engine.transaction() as store:` (the one lock; everything in it is stored or
nothing), `store.get(kind, id)`, `store.all(kind)`, `store.put(record)`, `store.remove(record)`,
`engine.schedule(record, seconds, {"lifecycleState": "ACTIVE"})`, `engine.emit(topic, payload)`,
`engine.principal_token(ocid, compartment)` (an ST$ token and its key, for a resource principal).
Records returned by the store are copies: change, then put.

A kind is named `Vcn` inside its own service and `core.Vcn` from elsewhere.
"""
