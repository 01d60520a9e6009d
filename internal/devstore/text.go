package devstore

import (
	"strconv"
	"strings"
	"unicode"
)

// ftsConfig says how the text of an attribute is cut into tokens and ranked.
type ftsConfig struct {
	Tokenizer       string  `json:"tokenizer"`
	CaseSensitive   bool    `json:"case_sensitive"`
	Language        string  `json:"language"`
	Stemming        bool    `json:"stemming"`
	RemoveStopwords bool    `json:"remove_stopwords"`
	ASCIIFolding    bool    `json:"ascii_folding"`
	MaxTokenLength  int     `json:"max_token_length"`
	K1              float64 `json:"k1"`
	K3              float64 `json:"k3"`
	B               float64 `json:"b"`
}

// preTokenized is the tokenizer of attributes whose values are lists of tokens already.
const preTokenized = "pre_tokenized_array"

func defaultFTS() *ftsConfig {
	return &ftsConfig{
		Tokenizer: "word_v4", Language: "english", RemoveStopwords: true, MaxTokenLength: 39, K1: 1.2, K3: 8, B: 0.75,
	}
}

func (c *ftsConfig) appendJSON(b []byte) []byte {
	b = appendStr(append(b, `{"tokenizer":`...), c.Tokenizer)
	b = strconv.AppendBool(append(b, `,"case_sensitive":`...), c.CaseSensitive)
	b = appendStr(append(b, `,"language":`...), c.Language)
	b = strconv.AppendBool(append(b, `,"stemming":`...), c.Stemming)
	b = strconv.AppendBool(append(b, `,"remove_stopwords":`...), c.RemoveStopwords)
	b = strconv.AppendBool(append(b, `,"ascii_folding":`...), c.ASCIIFolding)
	b = appendInt(b, "max_token_length", c.MaxTokenLength)
	b = appendNum(append(b, `,"k1":`...), c.K1)
	b = appendNum(append(b, `,"k3":`...), c.K3)
	b = appendNum(append(b, `,"b":`...), c.B)
	return append(b, '}')
}

var stopwords = wordSet(`a an and are as at be but by for if in into is it no not of on or such that the their
	then there these they this to was will with`)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

func (c *ftsConfig) tokens(s string) []string {
	var out []string
	for _, t := range strings.FieldsFunc(s, notInWord) {
		if len(t) > c.MaxTokenLength {
			continue
		}
		if !c.CaseSensitive {
			t = strings.ToLower(t)
		}
		if c.RemoveStopwords && stopwords[strings.ToLower(t)] {
			continue
		}
		if c.ASCIIFolding {
			t = fold(t)
		}
		if c.Stemming {
			t = stem(t)
		}
		out = append(out, t)
	}
	return out
}

func notInWord(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '_' }

// valueTokens gives the tokens of an attribute's or a query's value: a string or an array of strings.
func (c *ftsConfig) valueTokens(v value) []string {
	if v.k == kStr {
		return c.textTokens(v.s)
	}
	var out []string
	for _, e := range v.list() {
		if e.k == kStr {
			out = append(out, c.textTokens(e.s)...)
		}
	}
	return out
}

func (c *ftsConfig) textTokens(s string) []string {
	if c.Tokenizer == preTokenized {
		return []string{s}
	}
	return c.tokens(s)
}

// folds maps Latin letters with marks to plain ones; it covers Western European text.
var folds = strings.NewReplacer(
	"à", "a", "á", "a", "â", "a", "ã", "a", "ä", "a", "å", "a", "ç", "c", "è", "e", "é", "e", "ê", "e", "ë", "e",
	"ì", "i", "í", "i", "î", "i", "ï", "i", "ñ", "n", "ò", "o", "ó", "o", "ô", "o", "õ", "o", "ö", "o", "ø", "o",
	"ù", "u", "ú", "u", "û", "u", "ü", "u", "ý", "y", "ÿ", "y", "ß", "ss", "æ", "ae", "œ", "oe",
	"À", "A", "Á", "A", "Â", "A", "Ã", "A", "Ä", "A", "Å", "A", "Ç", "C", "È", "E", "É", "E", "Ê", "E", "Ë", "E",
	"Ì", "I", "Í", "I", "Î", "I", "Ï", "I", "Ñ", "N", "Ò", "O", "Ó", "O", "Ô", "O", "Õ", "O", "Ö", "O", "Ø", "O",
	"Ù", "U", "Ú", "U", "Û", "U", "Ü", "U", "Ý", "Y",
)

func fold(s string) string { return folds.Replace(s) }
