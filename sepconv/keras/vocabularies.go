package keras

import (
	"strings"
)

// attachVocabularies gives layers the words that an archive has beside, in files named
// after the groups of the weights: assets/layers/text_vectorization/vocabulary.txt.
func (m *Model) attachVocabularies() {
	for _, member := range m.members {
		path, isAsset := strings.CutPrefix(member.name, "assets/")
		path, isWords := strings.CutSuffix(path, "/vocabulary.txt")
		if !isAsset || !isWords {
			continue
		}
		if l := layerOfGroups(m.Layers, strings.Split(path, "/")); l != nil {
			l.vocabulary = member.data
		}
	}
}

// layerOfGroups returns the layer that groups in groups are of; nil if there is none.
func layerOfGroups(layers []*Layer, groups []string) *Layer {
	if len(groups) < 2 || groups[0] != "layers" {
		return nil
	}
	counts := map[string]int{}
	for _, l := range layers {
		if numbered(snakeCase(canonical(l.Class)), counts) != groups[1] {
			continue
		}
		rest := groups[2:]
		if len(rest) == 0 || len(rest) == 1 && rest[0] == "_lookup_layer" {
			return l
		}
		return layerOfGroups(l.Layers, rest)
	}
	return nil
}
