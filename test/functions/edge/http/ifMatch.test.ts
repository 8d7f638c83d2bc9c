import { describe, expect, it } from "vitest";
import { readIfMatch } from "../../../../functions/edge/http/ifMatch.ts";
import { reply, Versioned } from "../../../../functions/edge/http/reply.ts";
import { httpEvent } from "./httpEvent.ts";

const put = { method: "PUT", versioned: true } as const;
const read = (text: string, route: Parameters<typeof readIfMatch>[1] = put) =>
  readIfMatch(httpEvent({ headers: { "If-Match": text } }), route);

describe("the header If-Match", () => {
  it("has no versions when it is absent, and accepts any version as *", () => {
    expect(readIfMatch(httpEvent({}), put)).toBeUndefined();
    expect(read("*")).toBeUndefined();
  });

  it.each([
    ['"r3"', ["r3"]],
    [' "r3" , "r4"', ["r3", "r4"]],
    // Only strong tags match.
    ['W/"r3"', []],
    ['"r3", W/"r4"', ["r3"]],
    ['""', [""]],
  ])("is read from %s", (text, versions) => {
    expect([...(read(text) ?? ["any"])]).toEqual(versions);
  });

  it.each(["", "r3", "'r3'", '"r3', '"a" "b"', '*, "r3"', ",", Array(21).fill('"a"').join()])(
    "is refused, rather than ignored, as %s",
    (text) => {
      expect(() => read(text)).toThrow(/^If-Match: must be the ETag of the resource/);
    },
  );

  it("is refused for a change of a resource without versions, and ignored for a read", () => {
    expect(() => read('"r3"', { method: "POST" })).toThrow(
      /^If-Match: this request has no version/,
    );
    expect(read('"r3"', { method: "GET" })).toBeUndefined();
  });

  it("takes the ETag of a reply", () => {
    const { headers, body } = reply(200, new Versioned({ ok: true }, "r3"));
    expect(body).toBe('{"ok":true}');
    expect(headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "access-control-expose-headers": "ETag",
    });
    expect(read(String(headers?.etag))).toEqual(new Set(["r3"]));
  });
});
