package main

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// statsWidth is that of the page, and statsMore that of what stands behind a number.
const (
	statsWidth = 80
	statsMore  = statsWidth - 26
)

// page shows the stats in 80 columns, with times as they are called in a place.
func (st stats) page(place *time.Location) string {
	var b strings.Builder
	ready := "ready"
	if !st.Ready {
		ready = "NOT READY"
	}
	version := st.Version[:min(len(st.Version), 12)] // a commit's is longer
	head := fmt.Sprintf("madang %s, up %s since %s", version, span(st.At.Sub(st.Since)), st.Since.In(place).Format("2006-01-02 15:04"))
	fmt.Fprintf(&b, "%-*s%s\n\n", max(len(head)+2, statsWidth-len(ready)), head, ready)
	line := func(name, value, more string) {
		fmt.Fprintln(&b, strings.TrimRight(fmt.Sprintf("%-12s %10s   %s", name, value, more), " "))
	}
	line("Connections", count(total(st.Connections)), kinds(st.Connections))
	line("People", count(st.People), fmt.Sprintf("with %s seats", count(st.Seats)))
	line("Rooms", count(st.Rooms), fmt.Sprintf("%s listed; opened %s, closed %s", count(st.ListedRooms), count(st.Opened), count(total(st.Closed))))
	line("Messages", count(total(st.Messages)), fmt.Sprintf("%s a minute now; images %s, sent again %s",
		count(int64(math.Round(st.MessagesPerMinute))), count(st.Messages["image"]), count(st.Duplicates)))
	line("Acks", "", quantiles(st.AckP50, st.AckP99))
	line("Returns", count(st.Resumes+st.Resets), fmt.Sprintf("began anew %s", count(st.Resets)))
	b.WriteByte('\n')
	line("Commits", count(st.Commits), fmt.Sprintf("%s; failed %s, waiting %s", quantiles(st.CommitP50, st.CommitP99),
		count(st.CommitFailures), count(total(st.Queue))))
	line("Refusals", count(total(st.Refusals)), kinds(st.Refusals))
	line("Locked out", count(total(st.LockedOut)), fmt.Sprintf("visitors %s, addresses %s; bans %s",
		count(st.LockedOut["visitor"]), count(st.LockedOut["address"]), count(st.Bans)))
	line("Images", count(st.Uploads), fmt.Sprintf("coming %s, not taken %s", count(st.Uploading), count(total(st.UploadRejects))))
	if len(st.UploadRejects) > 0 {
		line("", "", kinds(st.UploadRejects))
	}
	b.WriteByte('\n')
	of := ""
	if st.MediaLimit > 0 {
		of = "of " + size(st.MediaLimit)
	}
	line("Image files", size(st.MediaBytes), of)
	line("Database", size(st.Database), "log "+size(st.WAL))
	if st.DiskFree != nil {
		line("Disk free", size(*st.DiskFree), "")
	}
	line("Memory", size(cmp.Or(st.Memory, st.Heap)), fmt.Sprintf("heap %s, goroutines %s", size(st.Heap), count(st.Goroutines)))
	if st.DescriptorsLimit > 0 {
		line("Descriptors", count(st.Descriptors), "of "+count(st.DescriptorsLimit))
	}
	if st.Certificate != nil {
		line("Certificate", span(st.Certificate.Sub(st.At)), "until "+st.Certificate.In(place).Format("2006-01-02 15:04"))
	}
	return b.String()
}

func total(all map[string]int64) (n int64) {
	for _, k := range all {
		n += k
	}
	return n
}

// kinds names the largest ones that a line has room for.
func kinds(all map[string]int64) string {
	names := slices.SortedFunc(maps.Keys(all), func(a, b string) int { return cmp.Or(cmp.Compare(all[b], all[a]), cmp.Compare(a, b)) })
	line, rest := "", total(all)
	for _, name := range names {
		longer := line + name + " " + count(all[name])
		others := ""
		if rest > all[name] {
			others = ", others " + count(rest-all[name])
		}
		if line != "" && len(longer+others) > statsMore {
			break
		}
		line, rest = longer+", ", rest-all[name]
	}
	if rest > 0 {
		return line + "others " + count(rest)
	}
	return strings.TrimSuffix(line, ", ")
}

func quantiles(p50, p99 float64) string { return "p50 " + wait(p50) + ", p99 " + wait(p99) }

// wait is a time of milliseconds or of seconds.
func wait(s float64) string {
	switch {
	case s == 0:
		return "-"
	case s < .01:
		return strconv.FormatFloat(s*1000, 'f', 1, 64) + " ms"
	case s < 1:
		return strconv.FormatFloat(s*1000, 'f', 0, 64) + " ms"
	}
	return strconv.FormatFloat(s, 'f', 1, 64) + " s"
}

// count groups the digits of a number: 12,345.
func count(n int64) string {
	digits := strconv.FormatInt(n, 10)
	for i := len(digits) - 3; i > 0 && digits[i-1] != '-'; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}

// size is a number of bytes in units of 1000.
func size(n int64) string {
	units := []string{"B", "kB", "MB", "GB", "TB"}
	value, i := float64(n), 0
	for ; value >= 999.95 && i < len(units)-1; i++ {
		value /= 1000
	}
	if i == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", value, units[i])
}

// span is a time in its two largest units.
func span(d time.Duration) string {
	if d < 0 {
		return "over"
	}
	d = d.Truncate(time.Second)
	days, hours, minutes := int(d.Hours())/24, int(d.Hours())%24, int(d.Minutes())%60
	switch {
	case days > 0:
		return fmt.Sprintf("%d d %d h", days, hours)
	case hours > 0:
		return fmt.Sprintf("%d h %d min", hours, minutes)
	case minutes > 0:
		return fmt.Sprintf("%d min %d s", minutes, int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d s", int(d.Seconds()))
}
