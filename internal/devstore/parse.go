package devstore

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds nesting, as the service's own reader does.
const maxDepth = 128

var (
	errJSON     = errors.New("invalid JSON")
	errUTF8     = errors.New("invalid UTF-8")
	errDepth    = errors.New("recursion limit exceeded")
	errNumRange = errors.New("number out of range")
)

// parser reads JSON (RFC 8259) from a string; strings and source texts in its values are parts of that string.
type parser struct {
	src string
	i   int
}

func parseJSON(src string) (value, error) {
	if !utf8.ValidString(src) {
		return value{}, errUTF8
	}
	p := parser{src: src}
	p.space()
	v, err := p.value(0)
	if err != nil {
		return v, fmt.Errorf("%w at offset %d", err, p.i)
	}
	p.space()
	if p.i != len(src) {
		return v, fmt.Errorf("trailing characters at offset %d", p.i)
	}
	return v, nil
}

func (p *parser) space() {
	for p.i < len(p.src) {
		switch p.src[p.i] {
		case ' ', '\t', '\n', '\r':
			p.i++
		default:
			return
		}
	}
}

// peek is the next byte, or 0 at the end (which no rule accepts).
func (p *parser) peek() byte {
	if p.i < len(p.src) {
		return p.src[p.i]
	}
	return 0
}

func (p *parser) literal(s string) bool {
	if strings.HasPrefix(p.src[p.i:], s) {
		p.i += len(s)
		return true
	}
	return false
}

func (p *parser) value(depth int) (v value, err error) {
	if depth > maxDepth {
		return v, errDepth
	}
	start := p.i
	switch c := p.peek(); {
	case c == '{':
		v.k = kObj
		v.sub, err = p.object(depth)
	case c == '[':
		v.k = kArr
		v.sub, v.count, err = p.array(depth)
	case c == '"':
		v.k = kStr
		v.s, err = p.str()
	case isNumberStart(c):
		v.k = kNum
		v.n, err = p.num()
	case p.literal("true"):
		v.k, v.b = kBool, true
	case p.literal("false"):
		v.k = kBool
	case p.literal("null"):
	default:
		err = errJSON
	}
	v.raw = p.src[start:p.i]
	return v, err
}

func (p *parser) object(depth int) (*members, error) {
	m := &members{}
	p.i++
	if p.space(); p.peek() == '}' {
		p.i++
		return m, nil
	}
	for {
		if err := p.member(m, depth); err != nil {
			return nil, err
		}
		switch p.peek() {
		case ',':
			p.i++
		case '}':
			p.i++
			return m, nil
		default:
			return nil, errJSON
		}
	}
}

// member reads one `"key": value` with the space around it.
func (p *parser) member(m *members, depth int) error {
	p.space()
	if p.peek() != '"' {
		return errJSON
	}
	key, err := p.str()
	if err != nil {
		return err
	}
	p.space()
	if p.peek() != ':' {
		return errJSON
	}
	p.i++
	p.space()
	v, err := p.value(depth + 1)
	if err != nil {
		return err
	}
	m.keys = append(m.keys, key)
	m.vals = append(m.vals, v)
	p.space()
	return nil
}

// array returns the elements, or only how many there are when all of them are numbers.
func (p *parser) array(depth int) (*members, int32, error) {
	start := p.i
	p.i++
	if p.space(); p.peek() == ']' {
		p.i++
		return nil, 0, nil
	}
	if isNumberStart(p.peek()) {
		if count, err := p.numbers(); count > 0 || err != nil {
			return nil, count, err
		}
		p.i = start + 1 // some element is not a number: read it again as values
	}
	m := &members{}
	for {
		p.space()
		v, err := p.value(depth + 1)
		if err != nil {
			return nil, 0, err
		}
		m.arr = append(m.arr, v)
		p.space()
		switch p.peek() {
		case ',':
			p.i++
		case ']':
			p.i++
			return m, 0, nil
		default:
			return nil, 0, errJSON
		}
	}
}

// numbers reads an array of numbers to its end; it gives up (0) at the first element of another type.
func (p *parser) numbers() (count int32, err error) {
	for {
		if p.space(); !isNumberStart(p.peek()) {
			return 0, nil
		}
		if err := p.skipNumber(); err != nil {
			return 0, err
		}
		count++
		p.space()
		switch p.peek() {
		case ',':
			p.i++
		case ']':
			p.i++
			return count, nil
		default:
			return 0, errJSON
		}
	}
}
