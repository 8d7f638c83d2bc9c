const [quote, backslash] = [0x22, 0x5c];
const opening = new Set([0x5b, 0x7b]);
const closing = new Set([0x5d, 0x7d]);

/**
 * Whether a JSON text has more than `levelsMax` nested arrays and objects. Scans bytes without
 * parsing, because parsers may recurse per level. The result for text that is not JSON is
 * meaningless.
 */
export const exceedsDepth = (json: Uint8Array, levelsMax: number): boolean => {
  let levels = 0;
  let isInString = false;
  for (let i = 0; i < json.length; i += 1) {
    const byte = json[i] ?? 0;
    if (isInString) {
      if (byte === backslash) i += 1;
      else if (byte === quote) isInString = false;
    } else if (byte === quote) isInString = true;
    else if (opening.has(byte)) {
      levels += 1;
      if (levels > levelsMax) return true;
    } else if (closing.has(byte)) levels -= 1;
  }
  return false;
};
