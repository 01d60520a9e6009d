// Package layer holds nothing but this sentence and the checks of the module's structure: which package may import which, and
// that each says what it is for.
package layer
