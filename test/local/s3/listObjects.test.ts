import fc from "fast-check";
import { expect, it } from "vitest";
import { openObjectStore } from "../../../local/s3/objectStore.ts";
import { listObjects } from "../../../local/s3/protocol/listObjects.ts";
import { elementsIn, textIn } from "../../../local/s3/protocol/xml.ts";
import { openDiskSpace } from "../../../local/state/diskSpace.ts";

interface ListRequest {
  readonly prefix: string;
  readonly delimiter: string;
  readonly after: string;
  readonly max: number;
}

/** All keys and common prefixes, page by page. */
const listed = (store: ReturnType<typeof openObjectStore>, request: ListRequest): string[] => {
  const found: string[] = [];
  let token: string | undefined;
  do {
    const query = new URLSearchParams({ "list-type": "2", "max-keys": String(request.max) });
    query.set("prefix", request.prefix);
    query.set("delimiter", request.delimiter);
    if (request.after !== "") query.set("start-after", request.after);
    if (token !== undefined) query.set("continuation-token", token);
    const xml = String(listObjects(store, { bucket: "b", key: "", query }).body);
    const keys = elementsIn(xml, "Contents").map((one) => textIn(one, "Key") ?? "");
    const prefixes = elementsIn(xml, "CommonPrefixes").map((one) => textIn(one, "Prefix") ?? "");
    expect(keys.length + prefixes.length).toBeLessThanOrEqual(request.max);
    found.push(...keys, ...prefixes);
    token = textIn(xml, "NextContinuationToken");
    expect(textIn(xml, "IsTruncated")).toBe(String(token !== undefined));
  } while (token !== undefined);
  return found.sort();
};

/** The same from the definition. */
const expected = (keys: readonly string[], { prefix, delimiter, after }: ListRequest): string[] => {
  const entries = keys
    .filter((key) => key.startsWith(prefix) && key > after)
    .map((key) => {
      const end = delimiter === "" ? -1 : key.indexOf(delimiter, prefix.length);
      return end < 0 ? key : key.slice(0, end + delimiter.length);
    });
  return [...new Set(entries)].sort();
};

const text = (maxLength: number) =>
  fc.string({ unit: fc.constantFrom("a", "b", "/"), minLength: 0, maxLength });

it("any page size, prefix and delimiter gives every key or its common prefix once", () => {
  const common = { durability: "process", space: openDiskSpace() } as const;
  const request = fc.record({
    prefix: text(3),
    delimiter: fc.constantFrom("", "/", "ab"),
    after: fc.constantFrom("", "a", "b"),
    max: fc.integer({ min: 1, max: 4 }),
  });
  fc.assert(
    fc.property(fc.uniqueArray(text(6), { maxLength: 15 }), request, (given, request) => {
      // The prefix itself may be a key, as that of an empty folder.
      const keys = [...new Set([...given, request.prefix])].filter((key) => key !== "");
      // A common prefix that begins before `after` is not defined the same everywhere.
      fc.pre(request.delimiter === "" || request.after === "");
      const store = openObjectStore(common);
      const object = { bytes: 0, etag: "", headers: {}, modifiedAt: 0, body: new Uint8Array() };
      for (const key of keys) store.put("b", { ...object, key });
      expect(listed(store, request)).toEqual(expected(keys, request));
      store.close();
    }),
    {
      numRuns: 300,
      examples: [[["/", "/a"], { prefix: "/", delimiter: "/", after: "", max: 1 }]],
    },
  );
});
