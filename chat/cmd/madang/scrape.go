package main

import (
	"fmt"
	"io"
	"maps"
	"math"
	"slices"

	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
)

// scrape is what /metrics said.
type scrape map[string]*dto.MetricFamily

func readScrape(r io.Reader) (scrape, error) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	all, err := parser.TextToMetricFamilies(r)
	if err != nil {
		return nil, fmt.Errorf("read metrics: %w", err)
	}
	return all, nil
}

// has tells whether there is a metric; what isn't known has none.
func (s scrape) has(name string) bool { return s[name] != nil }

// sum adds up a metric's values, of histograms the counts.
func (s scrape) sum(name string) (n float64) {
	for _, m := range s[name].GetMetric() {
		n += value(m)
	}
	return n
}

func value(m *dto.Metric) float64 {
	return m.GetCounter().GetValue() + m.GetGauge().GetValue() + m.GetUntyped().GetValue() + float64(m.GetHistogram().GetSampleCount())
}

// by is a metric by the values of a label, without those that are 0.
func (s scrape) by(name, label string) map[string]int64 {
	all := map[string]int64{}
	for _, m := range s[name].GetMetric() {
		for _, l := range m.GetLabel() {
			if n := int64(value(m)); l.GetName() == label && n != 0 {
				all[l.GetValue()] += n
			}
		}
	}
	return all
}

// label is that of a metric that has one series.
func (s scrape) label(name, label string) string {
	for _, m := range s[name].GetMetric() {
		for _, l := range m.GetLabel() {
			if l.GetName() == label {
				return l.GetValue()
			}
		}
	}
	return ""
}

// quantile estimates below what a part of a histogram lies, as PromQL does: evenly within a bucket.
// It is 0 for an empty one.
func (s scrape) quantile(name string, part float64) float64 {
	counts := map[float64]uint64{}
	var all uint64
	for _, m := range s[name].GetMetric() {
		all += m.GetHistogram().GetSampleCount()
		for _, b := range m.GetHistogram().GetBucket() {
			counts[b.GetUpperBound()] += b.GetCumulativeCount()
		}
	}
	if all == 0 {
		return 0
	}
	rank := part * float64(all)
	lower, below := 0.0, uint64(0)
	for _, upper := range slices.Sorted(maps.Keys(counts)) {
		n := counts[upper]
		switch {
		case float64(n) < rank || n == below:
			lower, below = upper, n
			continue
		case math.IsInf(upper, 1):
			return lower
		}
		return lower + (upper-lower)*(rank-float64(below))/float64(n-below)
	}
	return lower
}
