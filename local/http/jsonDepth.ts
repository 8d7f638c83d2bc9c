const [quote, backslash] = [0x22, 0x5c];
const opening = new Set([0x5b, 0x7b]);
const closing = new Set([0x5d, 0x7d]);

/**
 * Whether lists and objects of a JSON text are nested more deeply than `levelsMax`, found without reading it as JSON: what
 * reads it may call itself for each level. Of what is no JSON it says something, too.
 */
export const exceedsDepth = (json: Uint8Array, levelsMax: number): boolean => {
  let levels = 0;
  let isText = false;
  for (let i = 0; i < json.length; i += 1) {
    const byte = json[i] ?? 0;
    if (isText) {
      if (byte === backslash) i += 1;
      else if (byte === quote) isText = false;
    } else if (byte === quote) isText = true;
    else if (opening.has(byte)) {
      levels += 1;
      if (levels > levelsMax) return true;
    } else if (closing.has(byte)) levels -= 1;
  }
  return false;
};
