package devstore

import (
	"strconv"
	"strings"
)

func isNumberStart(c byte) bool { return c == '-' || c >= '0' && c <= '9' }

func (p *parser) num() (float64, error) {
	end := numberEnd(p.src, p.i)
	if end < 0 {
		return 0, errJSON
	}
	n, err := strconv.ParseFloat(p.src[p.i:end], 64)
	if err != nil {
		return 0, errNumRange
	}
	p.i = end
	return n, nil
}

// skipNumber is num without the number. Only a long text or one with an exponent can be out of range.
func (p *parser) skipNumber() error {
	end := numberEnd(p.src, p.i)
	if end < 0 {
		return errJSON
	}
	if text := p.src[p.i:end]; len(text) > 300 || strings.ContainsAny(text, "eE") {
		_, err := p.num()
		return err
	}
	p.i = end
	return nil
}

// numberEnd is the end of the number that starts at i, or -1 when there is none.
func numberEnd(s string, i int) int {
	if i < len(s) && s[i] == '-' {
		i++
	}
	first := i
	if i = digitsEnd(s, i); i < 0 || s[first] == '0' && i > first+1 {
		return -1
	}
	if i < len(s) && s[i] == '.' {
		i = digitsEnd(s, i+1)
	}
	if i >= 0 && i < len(s) && (s[i] == 'e' || s[i] == 'E') {
		i = exponentEnd(s, i+1)
	}
	return i
}

func exponentEnd(s string, i int) int {
	if i < len(s) && (s[i] == '+' || s[i] == '-') {
		i++
	}
	return digitsEnd(s, i)
}

// digitsEnd is the end of the digits that start at i, or -1 when there is none.
func digitsEnd(s string, i int) int {
	start := i
	for i < len(s) && s[i] >= '0' && s[i] <= '9' {
		i++
	}
	if i == start {
		return -1
	}
	return i
}
