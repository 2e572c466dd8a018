package hosting

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/madang-chat/madang/internal/nodetest"
)

// ill is what a server shows that an alert is for: series by minute, and when it must be heard.
// The other servers are well.
var ill = map[string]struct {
	series []string
	after  string
}{
	"MadangDown":             {[]string{`up 0x180`}, "5m"},
	"MadangNotReady":         {[]string{`madang_ready 0x180`}, "5m"},
	"MadangCommitsFail":      {[]string{`madang_commit_failures_total 0 0 1 1x180`}, "4m"},
	"MadangCommitsSlow":      {[]string{`madang_commit_seconds_bucket{le="1"} 0x180`, `madang_commit_seconds_bucket{le="5"} 0+60x180`, `madang_commit_seconds_bucket{le="+Inf"} 0+60x180`}, "25m"},
	"MadangDiskLow":          {[]string{`madang_disk_free_bytes 1e9x180`}, "10m"},
	"MadangDiskFillsUp":      {[]string{`madang_disk_free_bytes 10e9-10e6x180`}, "3h"},
	"MadangImagesNearlyFull": {[]string{`madang_media_bytes 48e8x180`, `madang_media_limit_bytes 5e9x180`}, "15m"},
	// Time begins at 0.
	"MadangCertificateExpires": {[]string{`madang_certificate_expiry_timestamp_seconds 200000x180`}, "2h"},
	"MadangManyRefusals":       {[]string{`madang_refusals_total{limit="send-per-second"} 0+600x180`}, "30m"},
	"MadangDescriptorsLow":     {[]string{`process_open_fds 900x180`, `process_max_fds 1000x180`, `madang_build_info 1x180`}, "10m"},
}

var well = []string{`up 1x180`, `madang_ready 1x180`, `madang_commit_failures_total 3x180`, `madang_commit_seconds_bucket{le="1"} 0+60x180`,
	`madang_commit_seconds_bucket{le="5"} 0+60x180`, `madang_commit_seconds_bucket{le="+Inf"} 0+60x180`,
	`madang_disk_free_bytes 10e9-1e6x180`, `madang_media_bytes 1e9x180`, `madang_media_limit_bytes 5e9x180`,
	`madang_certificate_expiry_timestamp_seconds 5e6x180`, `madang_refusals_total{limit="send-per-second"} 0+60x180`,
	`process_open_fds 100x180`, `process_max_fds 1000x180`, `madang_build_info 1x180`}

// TestO6Alerts holds the rules to what is ill and what isn't, and the page to the rules.
func TestO6Alerts(t *testing.T) {
	nodetest.Need(t, nodetest.Promtool)
	rules := filepath.Join(nodetest.Root(), "docs", "chat", "alerts.yml")
	promtool(t, "", "check", "rules", rules)
	page := read(t, "docs/chat/monitoring.md")
	named := regexp.MustCompile(`(?m)^ +- alert: (\w+)$`).FindAllStringSubmatch(read(t, "docs/chat/alerts.yml"), -1)
	if len(named) != len(ill) {
		t.Errorf("there are %d rules, and cases for %d", len(named), len(ill))
	}
	var b strings.Builder
	fmt.Fprintf(&b, "rule_files: [%q]\nevaluation_interval: 1m\ntests:\n", rules)
	for _, name := range named {
		alert := name[1]
		if !strings.Contains(page, "`"+alert+"`") {
			t.Errorf("docs/chat/monitoring.md doesn't say what to do about %s", alert)
		}
		fmt.Fprintf(&b, "- interval: 1m\n  input_series:\n")
		for _, s := range well {
			series(&b, s, "good")
		}
		for _, s := range ill[alert].series {
			series(&b, s, "bad")
		}
		// What fires, and for whom; not the texts.
		fmt.Fprintf(&b, "  promql_expr_test:\n  - expr: count by (instance, alertname) (ALERTS{alertstate=\"firing\"})\n    eval_time: %s\n"+
			"    exp_samples: [{labels: '{instance=\"bad\", alertname=\"%s\"}', value: 1}]\n", ill[alert].after, alert)
	}
	file := filepath.Join(t.TempDir(), "tests.yml")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	promtool(t, "", "test", "rules", file)
}

// series writes one of an instance.
func series(b *strings.Builder, s, instance string) {
	name, values, _ := strings.Cut(s, " ")
	more := fmt.Sprintf(`{job="madang",instance=%q`, instance)
	if head, labels, ok := strings.Cut(name, "{"); ok {
		name, more = head, more+","+labels
	} else {
		more += "}"
	}
	fmt.Fprintf(b, "  - {series: '%s%s', values: '%s'}\n", name, more, values)
}
