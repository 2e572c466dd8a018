package pgbus

import (
	"errors"
	"fmt"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

func TestRefuses(t *testing.T) {
	for code, want := range map[string]bool{
		"54000": true, "22023": true, "42501": true, "57014": true, "53100": true, "P0001": true,
		"08006": false, "40P01": false, "57P01": false, "25006": false, "42P01": false,
	} {
		err := fmt.Errorf("send: %w", &pgconn.PgError{Severity: "FEHLER", SeverityUnlocalized: "ERROR", Code: code})
		if got := refuses(err); got != want {
			t.Errorf("%s: %v, want %v", code, got, want)
		}
	}
	for code, want := range map[string]bool{"22023": true, "23514": true, "P0001": true, "54000": false, "42501": false, "53100": false, "57014": false} {
		if got := refusesOne(&pgconn.PgError{SeverityUnlocalized: "ERROR", Code: code}); got != want {
			t.Errorf("%s: %v, want %v", code, got, want)
		}
	}
	for _, err := range []error{nil, errors.New("the wire is cut"), &pgconn.PgError{SeverityUnlocalized: "FATAL", Code: "42501"}} {
		if refuses(err) {
			t.Errorf("%v is taken for a refusal", err)
		}
	}
}
