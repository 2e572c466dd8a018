package storetest

import (
	"crypto/sha256"
	"errors"
	"testing"
	"time"

	"github.com/madang-chat/madang/chat"
)

func tokens(t *testing.T, k *kit) {
	s := k.session()
	k.session() // another one, with no token before either
	is := func(hash [32]byte) {
		t.Helper()
		if got, err := k.Session(t.Context(), hash); err != nil || got != s {
			t.Errorf("got %+v, %v, want %+v", got, err, s)
		}
	}
	renew := func(token string, former [32]byte) {
		t.Helper()
		r := chat.Renewal{Session: s.ID, Was: s.TokenHash, Token: sha256.Sum256([]byte(token)), Former: former, At: s.Renewed.Add(time.Hour)}
		k.check(k.RenewSession(t.Context(), r))
		s.TokenHash, s.Former, s.Renewed, s.FormerUntil = r.Token, r.Former, r.At, time.Time{}
		if err := k.RenewSession(t.Context(), r); !errors.Is(err, chat.ErrNotFound) {
			t.Errorf("renewed twice: %v", err)
		}
	}
	first := s.TokenHash
	renew("second", first)
	is(first)
	is(s.TokenHash)
	second := s.TokenHash
	renew("third", first) // nobody got the second
	is(first)
	is(s.TokenHash)
	if _, err := k.Session(t.Context(), second); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("a token that was replaced: %v", err)
	}
	s.FormerUntil = start.Add(2 * time.Hour)
	k.check(k.EndFormer(t.Context(), s.ID, s.FormerUntil))
	k.check(k.EndFormer(t.Context(), s.ID, s.FormerUntil.Add(time.Hour))) // too late
	is(first)
	is(s.TokenHash)
	renew("fourth", s.TokenHash)
	is(s.Former)
	if _, err := k.Session(t.Context(), first); !errors.Is(err, chat.ErrNotFound) {
		t.Errorf("the first token: %v", err)
	}
}
