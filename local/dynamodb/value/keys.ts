import { invalidValue, validationError } from "../dynamoError.ts";
import { partitionKeyBytesMax, sortKeyBytesMax } from "../limits.ts";
import { type AttributeValue, attributeOf, type Item, typeOf } from "./attributeValue.ts";
import { numberKey } from "./decimal.ts";

/** An attribute of a key. */
export interface KeyAttribute {
  readonly name: string;
  readonly type: "S" | "N" | "B";
}

/** The key of a table or an index: a partition key, and a sort key if it has one. */
export interface KeyShape {
  readonly partition: KeyAttribute;
  readonly sort?: KeyAttribute | undefined;
}

/**
 * A key as bytes that sort as DynamoDB sorts keys: strings by UTF-8 bytes, numbers by value. The
 * sort key of a table without one is empty.
 */
export interface KeyBytes {
  readonly pk: Buffer;
  readonly sk: Buffer;
}

const none = Buffer.alloc(0);

export const keyAttributes = ({ partition, sort }: KeyShape): readonly KeyAttribute[] =>
  sort === undefined ? [partition] : [partition, sort];

/**
 * The key of an item to write. Fails with a `ValidationException` when it is missing or invalid.
 */
export const keyOfItem = (item: Item, shape: KeyShape): KeyBytes =>
  keyWith(item, shape, (attribute, value) => {
    if (value === undefined) throw invalidValue(`Missing the key ${attribute.name} in the item`);
    return invalidValue(
      `Type mismatch for key ${attribute.name} expected: ${attribute.type} actual: ${typeOf(value)}`,
    );
  });

/** The key of a request, which has the key attributes and no others. */
export const keyOfRequest = (key: Item, shape: KeyShape): KeyBytes => {
  if (Object.keys(key).length !== keyAttributes(shape).length) throw notTheSchema();
  return keyWith(key, shape, notTheSchema);
};

const notTheSchema = () => validationError("The provided key element does not match the schema");

const keyWith = (
  item: Item,
  { partition, sort }: KeyShape,
  mismatch: (attribute: KeyAttribute, value: AttributeValue | undefined) => Error,
): KeyBytes => {
  const bytesOf = (attribute: KeyAttribute, isSort: boolean): Buffer => {
    const value = attributeOf(item, attribute.name);
    const bytes = value && keyBytes(value, attribute.type);
    if (bytes === undefined) throw mismatch(attribute, value);
    assertKeyBytes(bytes, attribute, isSort);
    return bytes;
  };
  return {
    pk: bytesOf(partition, false),
    sk: sort === undefined ? none : bytesOf(sort, true),
  };
};

/** Encodes a value of a key; `undefined` when it has another type. */
export const keyBytes = (value: AttributeValue, type: KeyAttribute["type"]): Buffer | undefined => {
  if (type === "S") return "S" in value ? textBytes(value.S) : undefined;
  if (type === "N") return "N" in value ? numberKey(value.N) : undefined;
  return "B" in value ? Buffer.from(value.B, "base64") : undefined;
};

/**
 * UTF-8. A surrogate without its pair has three bytes as well, so that two keys never get the same.
 */
const textBytes = (text: string): Buffer => {
  if (text.isWellFormed()) return Buffer.from(text);
  const parts = Array.from(text, (character) => {
    const code = character.codePointAt(0) ?? 0;
    const isLone = code >= 0xd800 && code <= 0xdfff;
    return isLone
      ? Buffer.of(0xed, 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f))
      : Buffer.from(character);
  });
  return Buffer.concat(parts);
};

const assertKeyBytes = (bytes: Buffer, { name, type }: KeyAttribute, isSort: boolean): void => {
  if (bytes.length === 0) {
    throw validationError(
      `One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty ${type === "S" ? "string" : "binary"} value. Key: ${name}`,
    );
  }
  if (type === "N") return;
  if (isSort && bytes.length > sortKeyBytesMax) {
    throw invalidValue(
      `Aggregated size of all range keys has exceeded the size limit of ${sortKeyBytesMax} bytes`,
    );
  }
  if (!isSort && bytes.length > partitionKeyBytesMax) {
    throw invalidValue(
      `Size of hashkey has exceeded the maximum size limit of ${partitionKeyBytesMax} bytes`,
    );
  }
};

/** An index and its key. */
export interface IndexKeyShape extends KeyShape {
  readonly name: string;
}

/**
 * The key of an item in an index; `undefined` when the item lacks an attribute of it and is
 * therefore not in the index. Fails with a `ValidationException` for a value that an index does not
 * accept.
 */
export const indexKeyOf = (item: Item, index: IndexKeyShape): KeyBytes | undefined => {
  const found = keyAttributes(index).map((attribute, i) => {
    const value = attributeOf(item, attribute.name);
    if (value === undefined) return undefined;
    const bytes = keyBytes(value, attribute.type);
    if (bytes === undefined) {
      throw invalidValue(
        `Type mismatch for Index Key ${attribute.name} Expected: ${attribute.type} Actual: ${typeOf(value)} IndexName: ${index.name}`,
      );
    }
    if (bytes.length === 0) {
      throw validationError(
        `One or more parameter values are not valid. A value specified for a secondary index key is not supported. The AttributeValue for a key attribute cannot contain an empty ${attribute.type === "S" ? "string" : "binary"} value. IndexName: ${index.name}, IndexKey: ${attribute.name}`,
      );
    }
    assertKeyBytes(bytes, attribute, i > 0);
    return bytes;
  });
  const [pk, sk = none] = found;
  return pk === undefined || found.includes(undefined) ? undefined : { pk, sk };
};

/** The attributes of a key, of an item or another key. */
export const pickKey = (item: Item, shapes: readonly KeyShape[]): Item => {
  const names = new Set(shapes.flatMap(keyAttributes).map(({ name }) => name));
  return Object.fromEntries(
    [...names].flatMap((name) => {
      const value = attributeOf(item, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
};
