package chat

import (
	"sync"
	"time"

	"github.com/madang-chat/madang/internal/clientip"
)

// atOnceRetry is when one of those under way may have ended.
const atOnceRetry = 5 * time.Second

// atOnce bounds what an address has under way at the same time. An IPv6 site has a bound too, as it
// has 65,536 addresses.
type atOnce struct {
	limit string
	most  int // negative = any number
	site  int // addresses whose bound a site has together; negative = any number

	mu    sync.Mutex
	under map[string]int // guarded by mu; by network and site
}

// enter fails when too much is under way; done is called at the end. "" isn't counted.
func (a *atOnce) enter(from string) (done func(), err error) {
	if from == "" || a.most < 0 {
		return func() {}, nil
	}
	site := clientip.Site(from)
	counted := []string{from}
	if site != from && a.site >= 0 {
		counted = append(counted, site)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.under[from] >= a.most || len(counted) > 1 && a.under[site]/a.site >= a.most {
		return nil, tooFast(a.limit, a.most, atOnceRetry)
	}
	for _, key := range counted {
		a.under[key]++
	}
	return func() { a.leave(counted) }, nil
}

func (a *atOnce) leave(counted []string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, key := range counted {
		if a.under[key]--; a.under[key] == 0 {
			delete(a.under, key)
		}
	}
}
