package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// What is made of the kept runs, below the folder of the repository.
const (
	resultsPage = "bench/RESULTS.md"
	advicePage  = "docs/performance.md"
	plotFile    = "docs/images/speed-%s.svg" // light, dark
)

// keptIn is the file of a kind's last recorded run.
func keptIn(kind string) string { return "bench/" + kind + ".json" }

// record keeps a run, and makes what shows it.
func record(ctx context.Context, kind string, r *report) error {
	root, err := repository(ctx)
	if err != nil {
		return err
	}
	text, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("keep the results: %w", err)
	}
	lines := strings.ReplaceAll(string(text), `{"Name":`, "\n{\"Name\":")
	if err := os.WriteFile(filepath.Join(root, keptIn(kind)), []byte(lines+"\n"), 0o666); err != nil {
		return err
	}
	shown, err := published(root)
	if err != nil {
		return err
	}
	for name, text := range shown {
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o666); err != nil {
			return err
		}
	}
	return nil
}

// published is what the kept runs make, by the names of the files.
func published(root string) (map[string]string, error) {
	kept := map[string]*report{}
	tables := map[string]string{}
	for _, k := range kinds {
		if !k.kept {
			continue
		}
		r := &report{}
		text, err := os.ReadFile(filepath.Join(root, keptIn(k.name)))
		if errors.Is(err, os.ErrNotExist) {
			err = nil // it waits for its first run
		} else if err == nil {
			err = json.Unmarshal(text, r)
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", keptIn(k.name), err)
		}
		kept[k.name], tables[k.name] = r, r.String()
	}
	all := map[string]string{
		fmt.Sprintf(plotFile, "light"): plot(kept["servers"], light),
		fmt.Sprintf(plotFile, "dark"):  plot(kept["servers"], dark),
	}
	for page, parts := range map[string]map[string]string{resultsPage: tables, advicePage: advice(kept)} {
		text, err := os.ReadFile(filepath.Join(root, page))
		if err != nil {
			return nil, err
		}
		if all[page], err = fill(string(text), parts); err != nil {
			return nil, fmt.Errorf("%s: %w", page, err)
		}
	}
	return all, nil
}

// fill puts parts into a page, each between two comments.
func fill(page string, parts map[string]string) (string, error) {
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		begin, end := "<!-- measured: "+name+" -->\n", "<!-- until here -->\n"
		before, rest, ok := strings.Cut(page, begin)
		_, after, ended := strings.Cut(rest, end)
		if !ok || !ended {
			return "", fmt.Errorf("there is no place for %q", name)
		}
		page = before + begin + "\n" + parts[name] + "\n" + end + after
	}
	return page, nil
}

// A sample in JSON is a list of numbers with five digits.
func (s sample) MarshalJSON() ([]byte, error) {
	var words []string
	for _, v := range []float64{s.Figure, s.Load, s.CPU, s.P50, s.P99} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil, fmt.Errorf("a figure is %v", v)
		}
		digits, _ := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 5, 64), 64)
		words = append(words, strconv.FormatFloat(digits, 'f', -1, 64))
	}
	return []byte("[" + strings.Join(words, ",") + "]"), nil
}

func (s *sample) UnmarshalJSON(text []byte) error {
	var v [5]float64
	err := json.Unmarshal(text, &v)
	*s = sample{v[0], v[1], v[2], v[3], v[4]}
	return err
}
