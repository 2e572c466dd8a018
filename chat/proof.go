package chat

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"maps"
	"math"
	"math/bits"
	"strings"
	"sync"
	"time"
)

// Proof asks a newcomer for work: a decimal number n, so that the SHA-256 of Challenge, a colon and
// n begins with so many zero bits. The proof is Challenge, the colon and n.
type Proof struct {
	Challenge string
	Bits      int
}

// A challenge is the second when it ends, its bits and some that are random, and a MAC over them,
// the room and the session. It isn't kept; one that was used is, until it ends.
const (
	challengeEnds  = 4
	challengeHead  = challengeEnds + 1 + 8
	challengeSize  = challengeHead + 16
	proofDigits    = 15 // of the number, so that all of a proof fits a block of SHA-256
	usedChallenges = 1 << 16
	proofBitsMost  = 32
)

type proofs struct {
	secret []byte
	life   time.Duration
	most   int // used challenges

	mu       sync.Mutex
	arrivals arrivals                          // guarded by mu; of all rooms
	used     map[[challengeHead]byte]time.Time // guarded by mu; when they end
}

func newProofs(secret []byte, l Limits) *proofs {
	return &proofs{secret: secret, life: l.ProofLife, most: usedChallenges, used: map[[challengeHead]byte]time.Time{}}
}

func (p *proofs) arrived(at time.Time, window time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.arrivals.add(at, window)
}

func (p *proofs) count(at time.Time, window time.Duration) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.arrivals.count(at, window)
}

// ask makes a challenge.
func (p *proofs) ask(room, session string, bits int, at time.Time) *Proof {
	b := make([]byte, challengeHead, challengeSize)
	binary.BigEndian.PutUint32(b, uint32(at.Add(p.life).Unix()))
	b[challengeEnds] = byte(bits)
	rand.Read(b[challengeEnds+1:])
	b = append(b, p.mac(room, session, b)...)
	return &Proof{Challenge: base64.RawURLEncoding.EncodeToString(b), Bits: bits}
}

func (p *proofs) mac(room, session string, head []byte) []byte {
	m := hmac.New(sha256.New, p.secret)
	fmt.Fprintf(m, "proof\x00%s\x00%s\x00", room, session)
	m.Write(head)
	return m.Sum(nil)[:challengeSize-challengeHead]
}

// take checks a proof and uses it up.
func (p *proofs) take(room, session, proof string, at time.Time) bool {
	challenge, n, _ := strings.Cut(proof, ":")
	b, err := base64.RawURLEncoding.DecodeString(challenge)
	if err != nil || len(b) != challengeSize || n == "" || len(n) > proofDigits || strings.Trim(n, "0123456789") != "" {
		return false
	}
	head := b[:challengeHead]
	ends := time.Unix(int64(binary.BigEndian.Uint32(head)), 0)
	if !hmac.Equal(b[challengeHead:], p.mac(room, session, head)) || !at.Before(ends) {
		return false
	}
	if leadingZeros(sha256.Sum256([]byte(proof))) < int(head[challengeEnds]) {
		return false
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	key := [challengeHead]byte(head)
	if _, used := p.used[key]; used {
		return false
	}
	if len(p.used) >= p.most {
		maps.DeleteFunc(p.used, func(_ [challengeHead]byte, ends time.Time) bool { return !at.Before(ends) })
	}
	if len(p.used) >= p.most {
		return false // another one is asked for
	}
	p.used[key] = ends
	return true
}

func leadingZeros(sum [sha256.Size]byte) (n int) {
	for _, b := range sum {
		n += bits.LeadingZeros8(b)
		if b != 0 {
			break
		}
	}
	return n
}

// Prove takes the proof of work that a ProofNeeded asked who for: "challenge:n". For a while its
// Enter and its Join aren't refused for want of one. A proof that isn't right changes nothing.
func (h *House) Prove(who Visitor, room, proof string) {
	r, err := h.room(room)
	if err != nil {
		return
	}
	at := time.Now()
	if h.proofs.take(room, who.ID, proof, at) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.vouched.put(who.ID, at.Add(h.limits.ProofLife))
	}
}

// vouch fails with ProofNeeded where many newcomers come, until this one has worked. Who has been
// in the room before isn't asked. Each doubling of the newcomers doubles the work, up to a bound;
// r.mu is held.
func (h *House) vouch(r *room, who Visitor) error {
	at, window := time.Now(), h.limits.NewcomerWindow
	if r.knows(who.ID) != nil || r.vouched.has(who.ID) {
		return nil
	}
	n := r.arrivals.count(at, window)
	limit, most := "room-newcomers-free", h.limits.RoomNewcomersFree
	times := beyond(n, float64(most)*r.scale(n))
	if all := beyond(h.proofs.count(at, window), float64(h.limits.NewcomersFree)); all > times {
		limit, most, times = "newcomers-free", h.limits.NewcomersFree, all
	}
	if times < 1 {
		return nil
	}
	bits := min(max(h.limits.ProofBits, h.limits.ProofBitsMost), h.limits.ProofBits+int(math.Log2(times)))
	return &Error{Code: ProofNeeded, Message: "newcomers have to prove some work", Limit: limit, N: most, Retryable: true,
		RetryAfter: window, Proof: h.proofs.ask(r.id, who.ID, bits, at)}
}

// beyond is how many times a limit there are; none without one.
func beyond(n int, most float64) float64 {
	if most < 0 {
		return 0
	}
	return float64(n) / most
}
