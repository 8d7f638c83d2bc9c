import { urlToHttpOptions } from "node:url";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { targetUrl } from "#shared/target/targetUrl.ts";

const anyUrl = fc.webUrl({ withQueryParameters: true, withFragments: true });

describe("the URL of a target", () => {
  it("has the parts that Node.js's HTTP client takes from it, each time it is read", () => {
    fc.assert(
      fc.property(anyUrl, (text) => {
        const url = new URL(text);
        const { hostname, path, protocol } = urlToHttpOptions(url);
        const parts = { hostname, path, protocol, port: url.port };
        expect(targetUrl(text)).toMatchObject(parts);
        expect(targetUrl(text)).toMatchObject(parts);
      }),
    );
  });

  it("has no fragment", () => {
    expect(targetUrl("https://example.com/a?b=c#d").href).toBe("https://example.com/a?b=c");
  });

  it("has an IPv6 address without brackets", () => {
    expect(targetUrl("http://[::1]:8080/").hostname).toBe("::1");
  });

  it("is refused each time it is read if it cannot be used", () => {
    const read = () => targetUrl("http://example.com:0/");
    expect(read).toThrow("port 0");
    expect(read).toThrow("port 0");
  });
});
