package hdf5

import (
	"fmt"
	"path"
	"sort"
	"strings"
	"sync"
)

// Group is a folder of the file.
type Group struct {
	f    *File
	name string
	h    *header

	once    sync.Once
	members []link
	err     error
}

// maxSoftLinks bounds how many soft links one look-up follows.
const maxSoftLinks = 16

// Name is the path by which the group was reached.
func (g *Group) Name() string { return g.name }

// Attrs returns the group's attributes in the order of their names.
func (g *Group) Attrs() ([]*Attribute, error) { return g.f.attributes(g.name, g.h) }

// Attr returns one attribute, or ErrNotFound.
func (g *Group) Attr(name string) (*Attribute, error) { return g.f.attribute(g.name, g.h, name) }

// Keys returns the names of the members in byte order.
func (g *Group) Keys() ([]string, error) {
	links, err := g.links()
	if err != nil {
		return nil, err
	}
	keys := make([]string, len(links))
	for i, l := range links {
		keys[i] = l.name
	}
	return keys, nil
}

// Group returns the group at a path relative to g.
func (g *Group) Group(name string) (*Group, error) {
	o, err := g.Object(name)
	if err != nil {
		return nil, err
	}
	sub, ok := o.(*Group)
	if !ok {
		return nil, fmt.Errorf("%w: %s is a dataset, not a group", ErrNotFound, path.Join(g.name, name))
	}
	return sub, nil
}

// Dataset returns the dataset at a path relative to g.
func (g *Group) Dataset(name string) (*Dataset, error) {
	o, err := g.Object(name)
	if err != nil {
		return nil, err
	}
	d, ok := o.(*Dataset)
	if !ok {
		return nil, fmt.Errorf("%w: %s is a group, not a dataset", ErrNotFound, path.Join(g.name, name))
	}
	return d, nil
}

// Object returns the group or dataset at a path relative to g; a path that
// starts with / counts from the root. Soft links are followed.
func (g *Group) Object(name string) (Object, error) {
	followed := 0
	return g.resolve(name, &followed)
}

func (g *Group) resolve(name string, followed *int) (Object, error) {
	if strings.HasPrefix(name, "/") {
		root, err := g.f.Root()
		if err != nil {
			return nil, err
		}
		g = root
	}
	var at Object = g
	for _, part := range splitPath(name) {
		if part == "." {
			continue
		}
		here, ok := at.(*Group)
		if !ok {
			return nil, fmt.Errorf("%w: %s is a dataset and has no member %q", ErrNotFound, at.Name(), part)
		}
		l, err := here.find(part)
		if err != nil {
			return nil, err
		}
		if at, err = here.follow(l, followed); err != nil {
			return nil, err
		}
	}
	return at, nil
}

func (g *Group) find(name string) (link, error) {
	links, err := g.links()
	if err != nil {
		return link{}, err
	}
	i := sort.Search(len(links), func(i int) bool { return links[i].name >= name })
	if i == len(links) || links[i].name != name {
		return link{}, fmt.Errorf("%w: %s has no member %q", ErrNotFound, g.name, name)
	}
	return links[i], nil
}

func (g *Group) follow(l link, followed *int) (Object, error) {
	name := path.Join(g.name, l.name)
	switch l.kind {
	case linkSoft:
		if *followed++; *followed > maxSoftLinks {
			return nil, formatErr("%s: more than %d soft links in a row", name, maxSoftLinks)
		}
		return g.resolve(l.target, followed)
	case linkExternal:
		return nil, unsupported("%s is an external or user-defined link", name)
	}
	o, err := g.f.object(name, l.addr)
	if err == nil && o == nil {
		return nil, fmt.Errorf("%w: %s is a named type", ErrNotFound, name)
	}
	return o, err
}

// links returns the group's links in byte order of their names, read once.
func (g *Group) links() ([]link, error) {
	g.once.Do(func() { g.members, g.err = g.readLinks() })
	return g.members, g.err
}

func (g *Group) readLinks() ([]link, error) {
	var links []link
	for _, m := range g.h.messages {
		var more []link
		var err error
		switch m.kind {
		case msgSymbolTable:
			more, err = g.f.symbolTable(m)
		case msgLinkInfo:
			more, err = g.f.denseLinks(m)
		case msgLink:
			var l link
			l, err = g.f.parseLink(m.data)
			more = []link{l}
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", g.name, err)
		}
		links = append(links, more...)
	}
	sort.SliceStable(links, func(i, j int) bool { return links[i].name < links[j].name })
	for i := 1; i < len(links); i++ {
		if links[i].name == links[i-1].name {
			return nil, formatErr("%s: two members are called %q", g.name, links[i].name)
		}
	}
	return links, nil
}
