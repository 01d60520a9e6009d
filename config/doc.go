// Package config reads Layer's resources and compiles them into policy tables. A Folder holds YAML files with Secrets,
// VectorStores and Indexes, judged by the same schemas, defaults and rules as on an API server that has Layer's custom
// resource definitions; Standalone reads the stores that environment variables name.
//
// It does not serve, log in or keep policy: what it finds it hands to the caller, and a reading with a fatal problem yields no
// table, so that the caller keeps the one in force. No value of a Secret, and no value that a schema refuses, reaches a problem
// or a log.
//
// A Folder belongs to one goroutine at a time: Read may be called before Run, not beside it. Run starts the watcher's goroutine
// and ends it before it returns; a reading parses documents on several goroutines that end with it.
package config
