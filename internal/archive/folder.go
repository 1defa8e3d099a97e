package archive

import (
	"archive/zip"
	"strings"
)

// Folder returns the part of an archive that is in a folder, "model/", with names
// that count from there; "" is all of it. Members that leave says are left out.
func (a *Archive) Folder(folder string, leave func(name string) bool) *Archive {
	part := &Archive{r: a.r, budget: a.budget, members: make(map[string]*zip.File, len(a.members))}
	for _, name := range a.names {
		inside, ok := strings.CutPrefix(name, folder)
		if !ok || inside == "" || leave(name) {
			continue
		}
		part.members[inside] = a.members[name]
		part.names = append(part.names, inside)
	}
	return part
}
