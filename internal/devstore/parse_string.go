package devstore

import (
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// str reads a string; without an escape it is a part of the source.
func (p *parser) str() (string, error) {
	p.i++
	start := p.i
	for ; p.i < len(p.src); p.i++ {
		switch c := p.src[p.i]; {
		case c == '"':
			p.i++
			return p.src[start : p.i-1], nil
		case c == '\\':
			return p.escaped(start)
		case c < 0x20:
			return "", errJSON
		}
	}
	return "", errJSON
}

func (p *parser) escaped(start int) (string, error) {
	out := []byte(p.src[start:p.i])
	for p.i < len(p.src) {
		c := p.src[p.i]
		p.i++
		switch {
		case c == '"':
			return string(out), nil
		case c < 0x20:
			return "", errJSON
		case c != '\\':
			out = append(out, c)
		default:
			var err error
			if out, err = p.escape(out); err != nil {
				return "", err
			}
		}
	}
	return "", errJSON
}

func (p *parser) escape(out []byte) ([]byte, error) {
	if p.i >= len(p.src) {
		return nil, errJSON
	}
	c := p.src[p.i]
	p.i++
	switch c {
	case '"', '\\', '/':
		return append(out, c), nil
	case 'b':
		return append(out, '\b'), nil
	case 'f':
		return append(out, '\f'), nil
	case 'n':
		return append(out, '\n'), nil
	case 'r':
		return append(out, '\r'), nil
	case 't':
		return append(out, '\t'), nil
	case 'u':
		r, err := p.unicode()
		return utf8.AppendRune(out, r), err
	}
	return nil, errJSON
}

// unicode reads what follows `\u`; a surrogate without its partner is an error, as it has no UTF-8 form.
func (p *parser) unicode() (rune, error) {
	r, err := p.hex4()
	if err != nil || !utf16.IsSurrogate(r) {
		return r, err
	}
	if !p.literal(`\u`) {
		return 0, errJSON
	}
	low, err := p.hex4()
	if err != nil {
		return 0, err
	}
	if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
		return 0, errJSON
	}
	return r, nil
}

func (p *parser) hex4() (rune, error) {
	if p.i+4 > len(p.src) {
		return 0, errJSON
	}
	n, err := strconv.ParseUint(p.src[p.i:p.i+4], 16, 16)
	if err != nil {
		return 0, errJSON
	}
	p.i += 4
	return rune(n), nil
}
