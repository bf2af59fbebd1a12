// @ts-check
// What this browser keeps.

/** localStorage that never throws: what it refuses goes into a Map. */
export const storage = {
  home: 'leanchat:admin:',
  spare: new Map(),
  get(key) {
    try {
      return this.spare.get(key) ?? localStorage.getItem(this.home + key);
    } catch {
      return null;
    }
  },
  set(key, value) {
    this.spare.delete(key);
    try {
      value ? localStorage.setItem(this.home + key, value) : localStorage.removeItem(this.home + key);
    } catch {
      if (value) this.spare.set(key, value);
    }
  },
  keys(start) {
    const all = [...this.spare.keys()];
    try {
      all.push(
        ...Object.keys(localStorage)
          .filter(key => key.startsWith(this.home))
          .map(key => key.slice(this.home.length)),
      );
    } catch {
      // Refused: the Map has it.
    }
    return all.filter(key => key.startsWith(start));
  },
};
