package sandbox

import (
	"cmp"
	"iter"
	"slices"
	"strings"
	"time"
)

// rows is a list of objects in the order of their creation.
type rows[T object] []T

// find tells where the row with this place in the order is, or belongs.
func (r rows[T]) find(seq int64) (int, bool) {
	return slices.BinarySearchFunc(r, seq, func(o T, s int64) int { return cmp.Compare(o.head().Seq, s) })
}

// put replaces the row of the same place, or inserts: nearly always at the end, so without moving others.
func (r *rows[T]) put(o T) {
	i, found := r.find(o.head().Seq)
	if found {
		(*r)[i] = o
		return
	}
	*r = slices.Insert(*r, i, o)
}

func (r *rows[T]) remove(o T) {
	if i, found := r.find(o.head().Seq); found {
		*r = slices.Delete(*r, i, i+1)
	}
}

// table holds all objects of one kind, by id and in order: by id for the addresses of Graph, in order
// for its lists, whose pages must not shift while others write.
type table[T object] struct {
	byID map[string]T
	list rows[T]
}

func newTable[T object]() *table[T] { return &table[T]{byID: map[string]T{}} }

func (t *table[T]) put(o T) {
	t.byID[o.head().ID] = o
	t.list.put(o)
}

func (t *table[T]) remove(o T) {
	delete(t.byID, o.head().ID)
	t.list.remove(o)
}

// get returns the object, or the zero value when there is none.
func (t *table[T]) get(id string) T {
	if o, ok := t.byID[id]; ok {
		return o
	}
	return t.byID[strings.ToLower(id)]
}

func (t *table[T]) len() int { return len(t.list) }

// all goes through the objects in the order of their creation.
func (t *table[T]) all() iter.Seq[T] { return slices.Values(t.list) }

// grouping lists objects under a key, such as the agent identities of a blueprint.
type grouping[T object] map[string]*rows[T]

func (g grouping[T]) put(key string, o T) {
	if key == "" {
		return
	}
	r := g[key]
	if r == nil {
		r = &rows[T]{}
		g[key] = r
	}
	r.put(o)
}

func (g grouping[T]) remove(key string, o T) {
	if r := g[key]; r != nil {
		r.remove(o)
		if len(*r) == 0 {
			delete(g, key)
		}
	}
}

// of returns the objects under the key in the order of their creation; the slice is only for reading.
func (g grouping[T]) of(key string) []T {
	if r := g[strings.ToLower(key)]; r != nil {
		return *r
	}
	return nil
}

// state is the whole tenant in memory. Code that reads it runs inside Tenant.read or Tenant.write.
// The indexes exist so that ten thousand agents cost no more to search than ten; they are rebuilt
// from the rows at start, and only put and drop change them.
type state struct {
	users         *table[*user]
	groups        *table[*group]
	roles         *table[*directoryRole]
	apps          *table[*application]
	principals    *table[*servicePrincipal]
	grants        *table[*permissionGrant]
	assignments   *table[*appRoleAssignment]
	deleted       *table[*deletedItem]
	refreshTokens *table[*refreshToken]
	authCodes     *table[*authCode]
	sessions      *table[*browserSession]
	deviceCodes   *table[*deviceCode]
	knobs         *knobs
	clocks        clocks

	userByUPN           map[string]*user
	appByAppID          map[string]*application
	appByUniqueName     map[string]*application
	appByURI            map[string]*application
	principalByAppID    map[string]*servicePrincipal
	appsByTag           grouping[*application]
	principalsByTag     grouping[*servicePrincipal]
	agentsByBlueprint   grouping[*servicePrincipal] // key: appId of the blueprint
	usersByParent       grouping[*user]
	grantsByClient      grouping[*permissionGrant]
	assignedByPrincipal grouping[*appRoleAssignment]
	assignedByResource  grouping[*appRoleAssignment]
	rolesByMember       grouping[*directoryRole]
	groupsByMember      grouping[*group]
	deletedByBlueprint  grouping[*deletedItem]
	cleanUps            rows[*deletedItem] // deleted blueprint principals whose identities have yet to follow
	nextPurge           time.Time          // when the next item leaves the bin, at the earliest; zero: none
	deviceByUserCode    map[string]*deviceCode
}

func newState() *state {
	return &state{
		users: newTable[*user](), groups: newTable[*group](), roles: newTable[*directoryRole](),
		apps: newTable[*application](), principals: newTable[*servicePrincipal](),
		grants: newTable[*permissionGrant](), assignments: newTable[*appRoleAssignment](),
		deleted: newTable[*deletedItem](), deletedByBlueprint: grouping[*deletedItem]{},
		refreshTokens: newTable[*refreshToken](), authCodes: newTable[*authCode](),
		sessions: newTable[*browserSession](), knobs: defaultKnobs(),
		deviceCodes: newTable[*deviceCode](), deviceByUserCode: map[string]*deviceCode{},
		userByUPN: map[string]*user{}, appByAppID: map[string]*application{},
		appByUniqueName: map[string]*application{}, appByURI: map[string]*application{},
		principalByAppID: map[string]*servicePrincipal{},
		appsByTag:        grouping[*application]{}, principalsByTag: grouping[*servicePrincipal]{},
		agentsByBlueprint: grouping[*servicePrincipal]{}, usersByParent: grouping[*user]{},
		grantsByClient:      grouping[*permissionGrant]{},
		assignedByPrincipal: grouping[*appRoleAssignment]{}, assignedByResource: grouping[*appRoleAssignment]{},
		rolesByMember: grouping[*directoryRole]{}, groupsByMember: grouping[*group]{},
	}
}

// app finds an application by its client id; nil when there is none.
func (st *state) app(appID string) *application { return st.appByAppID[strings.ToLower(appID)] }

// appNamed finds an application by its uniqueName.
func (st *state) appNamed(name string) *application { return st.appByUniqueName[name] }

// principal finds a service principal by the appId of its application; nil when there is none.
func (st *state) principal(appID string) *servicePrincipal {
	return st.principalByAppID[strings.ToLower(appID)]
}

// userNamed finds a user by object id or user principal name; nil when there is none.
func (st *state) userNamed(name string) *user {
	if u := st.users.get(name); u != nil {
		return u
	}
	return st.userByUPN[strings.ToLower(name)]
}

// directoryObject finds a user, group, service principal, application or directory role by object id.
func (st *state) directoryObject(id string) object {
	if o := st.users.get(id); o != nil {
		return o
	}
	if o := st.groups.get(id); o != nil {
		return o
	}
	if o := st.principals.get(id); o != nil {
		return o
	}
	if o := st.apps.get(id); o != nil {
		return o
	}
	if o := st.roles.get(id); o != nil {
		return o
	}
	return nil
}

// groupsOf lists the groups an object belongs to, directly or through other groups.
func (st *state) groupsOf(id string) []*group {
	var found []*group
	seen := map[string]bool{}
	for queue := []string{id}; len(queue) > 0; queue = queue[1:] {
		for _, g := range st.groupsByMember.of(queue[0]) {
			if !seen[g.ID] {
				seen[g.ID] = true
				found = append(found, g)
				queue = append(queue, g.ID)
			}
		}
	}
	return found
}

// rolesOf lists the directory roles of an object, own ones first, then those through groups.
func (st *state) rolesOf(id string) []*directoryRole {
	found := slices.Clone(st.rolesByMember.of(id))
	for _, g := range st.groupsOf(id) {
		for _, r := range st.rolesByMember.of(g.ID) {
			if !slices.Contains(found, r) {
				found = append(found, r)
			}
		}
	}
	return found
}
