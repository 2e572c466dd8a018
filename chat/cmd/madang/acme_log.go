package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"

	problems "github.com/mholt/acmez/v3/acme"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"github.com/madang-chat/madang/internal/advice"
)

// tell says in plain words what becomes of a certificate: one line for each attempt.
func (a *acme) tell(_ context.Context, event string, data map[string]any) error {
	name, _ := data["identifier"].(string)
	switch event {
	case "cert_obtaining":
		a.log.Info("asking for a certificate", "domain", name)
	case "cert_obtained":
		a.log.Info("the certificate is here", "domain", name)
	case "cert_failed":
		err, _ := data["error"].(error)
		if errors.Is(err, context.Canceled) {
			break // the program ends
		}
		what, detail := plainly(err)
		if err != nil {
			text := err.Error()
			a.failure.Store(&text)
		}
		a.log.Warn("no certificate yet: "+what, "domain", name, "error", bounded(detail))
	}
	return nil
}

// plainly says what is to be done about a certificate that doesn't come.
func plainly(err error) (what, detail string) {
	if err == nil {
		return "the authority refused", ""
	}
	var p problems.Problem
	if !errors.As(err, &p) {
		return "the authority can't be reached, it is tried again", err.Error()
	}
	kind := p.Type
	if len(p.Subproblems) > 0 {
		kind = p.Subproblems[0].Type
	}
	switch kind {
	case problems.ProblemTypeDNS:
		what = "the name has no address, or not yet: its A or AAAA record has to point to this server"
	case problems.ProblemTypeConnection, problems.ProblemTypeTLS, problems.ProblemTypeUnauthorized, problems.ProblemTypeIncorrectResponse:
		// Which one it is depends on the port that was tried last.
		what = "the authority doesn't find this server by its name: A and AAAA records of the name have to point here, " +
			"ports 80 and 443 be open and lead to this program"
	case problems.ProblemTypeRateLimited:
		what = "the authority gives no more for now, it is asked again later"
	case problems.ProblemTypeCAA:
		what = "a CAA record of the name forbids this authority"
	case problems.ProblemTypeRejectedIdentifier, problems.ProblemTypeUnsupportedIdentifier:
		what = "the authority gives none for this name"
	case problems.ProblemTypeInvalidContact, problems.ProblemTypeUnsupportedContact:
		what = "the authority doesn't take the address of --acme-email"
	case problems.ProblemTypeServerInternal:
		what = "the authority has trouble of its own, it is asked again later"
	default:
		what = "the authority refused"
	}
	detail = p.Detail
	for _, sub := range p.Subproblems {
		detail += "; " + sub.Detail
	}
	return what, detail
}

// bounded cuts what others have written to what a line bears.
func bounded(text string) string {
	if len(text) > 400 {
		return strings.ToValidUTF8(text[:400], "") + "…"
	}
	return text
}

// lines is the logger of certmagic. What it does shows at level Debug; of its warnings those are
// passed on that tell doesn't know, each at most once a minute.
func (a *acme) lines() *zap.Logger { return zap.New(&acmeLines{acme: a, told: new(advice.Advice)}) }

type acmeLines struct {
	acme   *acme
	told   *advice.Advice
	fields []zapcore.Field
}

func (l *acmeLines) Enabled(level zapcore.Level) bool {
	return level >= zapcore.WarnLevel || l.acme.log.Enabled(context.Background(), slog.LevelDebug)
}

func (l *acmeLines) With(fields []zapcore.Field) zapcore.Core {
	return &acmeLines{l.acme, l.told, slices.Concat(l.fields, fields)}
}

func (l *acmeLines) Check(e zapcore.Entry, checked *zapcore.CheckedEntry) *zapcore.CheckedEntry {
	if l.Enabled(e.Level) {
		return checked.AddCore(e, l)
	}
	return checked
}

func (l *acmeLines) Write(e zapcore.Entry, fields []zapcore.Field) error {
	values := zapcore.NewMapObjectEncoder()
	for _, f := range slices.Concat(l.fields, fields) {
		f.AddTo(values)
	}
	args := []any{"from", "certmagic"}
	for _, name := range slices.Sorted(maps.Keys(values.Fields)) {
		args = append(args, name, bounded(fmt.Sprint(values.Fields[name])))
	}
	if e.Level < zapcore.WarnLevel || l.known(e, values.Fields["error"]) {
		l.acme.log.Debug(e.Message, args...)
	} else {
		l.told.Warn(l.acme.log, e.Message, "certificates: "+e.Message, args...)
	}
	return nil
}

// known tells whether a warning is part of an attempt whose failure has a line of its own, or that
// ends with the program, or about the authority's advice when to renew. Without that, renewal goes
// by the end of the certificate.
func (l *acmeLines) known(e zapcore.Entry, err any) bool {
	text, _ := err.(string)
	failure := l.acme.failure.Load()
	return strings.Contains(e.LoggerName, "acme_client") || e.Message == "could not get certificate from issuer" ||
		failure != nil && strings.Contains(text, *failure) || strings.Contains(text, context.Canceled.Error()) ||
		strings.Contains(e.Message, "ARI") || strings.Contains(e.Message, "renewal info")
}

func (l *acmeLines) Sync() error { return nil }
