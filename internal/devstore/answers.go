package devstore

import "sync"

const (
	maxAnswers = 1000
	// maxAnswerKey bounds the query bodies that are kept.
	maxAnswerKey = 64 << 10
)

// answers holds the bodies of answered queries until the namespace changes. It makes the store a constant and cheap
// upstream for measuring what is in front of it.
type answers struct {
	mu   sync.RWMutex
	body map[string][]byte
}

func (a *answers) get(query string) []byte {
	a.mu.RLock()
	defer a.mu.RUnlock()
	return a.body[query]
}

// put is called with the namespace's lock held for reading, so that no clear comes between the query and it.
func (a *answers) put(query string, body []byte) {
	if len(query) > maxAnswerKey {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.body == nil {
		a.body = map[string][]byte{}
	}
	if len(a.body) >= maxAnswers {
		clear(a.body)
	}
	a.body[query] = body
}

func (a *answers) clear() {
	a.mu.Lock()
	defer a.mu.Unlock()
	clear(a.body)
}
