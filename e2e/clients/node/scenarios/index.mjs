// Importing this module fills the registry.

import './bodies.mjs';
import './calls.mjs';
import './errors.mjs';
import './faults.mjs';
import './identifiers.mjs';
import './listing.mjs';
import './namespaces.mjs';
import './queries.mjs';
import './responses.mjs';
import './writes.mjs';
