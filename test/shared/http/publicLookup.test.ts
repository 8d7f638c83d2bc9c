import type { LookupAddress } from "node:dns";
import { describe, expect, it } from "vitest";
import { publicLookup } from "#shared/http/publicAddress.ts";

/** A resolver that returns different addresses, as in DNS rebinding. */
const rebinding = (...answers: string[]) => {
  const asked: string[] = [];
  const lookup = publicLookup((hostname, _, callback) => {
    const address = answers[asked.length] ?? "127.0.0.1";
    asked.push(hostname);
    callback(null, [{ address, family: 4 }]);
  });
  const connect = (all: boolean) =>
    new Promise<string | LookupAddress[]>((resolve, reject) => {
      lookup("hook.example", { all }, (error, address) =>
        error ? reject(error) : resolve(address),
      );
    });
  return { asked, connect };
};

describe("a name that resolves first to a public and then to a private address", () => {
  it.each([true, false])("is resolved once per connection (all: %s)", async (all) => {
    const { asked, connect } = rebinding("8.8.8.8", "127.0.0.1");
    const address = "8.8.8.8";
    expect(await connect(all)).toEqual(all ? [{ address, family: 4 }] : address);
    expect(asked).toEqual(["hook.example"]);
  });

  it("is refused for the next connection", async () => {
    const { connect } = rebinding("8.8.8.8", "127.0.0.1");
    await connect(true);
    await expect(connect(true)).rejects.toMatchObject({ code: "target_refused" });
  });
});
