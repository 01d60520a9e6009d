// Package devstore is a Turbopuffer-compatible store for development and tests: the official clients work against it,
// and it can be told to show the states and faults that a gateway in front of the real service must survive.
//
// It does not aim to be the service: recall is exact, the tokenizer is an approximation, billing and timings are
// invented, and everything is held in memory (with Config.DataDir also in one file).
//
// With Config.Admin the endpoints under /_admin/ control a store, without a key:
//
//	POST faults     [{"method","path_contains","body_contains","rate","count", what to do: see fault}]; [] ends them
//	POST delays     {"query":{"ms":8,"jitter_ms":4},"*":{"ms":1}}, by list, write, delete, query, metadata, schema, ...
//	POST namespace  {"name","index_status":"updating","unindexed_bytes","unindexed_rows","reject_strong":true}
//	POST config     {"record","query_cache","async_write","async_polls","index_lag_ms","lazy_approx","filter_limit"}
//	GET  requests   the last requests as they arrived, while they are recorded
//	GET  stats      how many requests of which operation got which status
//	POST clear      ends faults, delays and switches, forgets requests; POST reset deletes every namespace too
//	GET  health     {"ok":true}
//
// A Store starts no goroutine of its own except while Serve runs. Every request is answered on the goroutine that
// net/http gives it. Each namespace has one lock: queries share it, a write holds it alone from its first check until
// its rows are in the file and in memory, so a write is seen whole or not at all.
package devstore
