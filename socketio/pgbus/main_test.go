package pgbus

import (
	"testing"

	"github.com/madang-chat/madang/internal/leak"
)

func TestMain(m *testing.M) { leak.Main(m) }
