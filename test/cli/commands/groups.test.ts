import { describe, expect, it } from "vitest";
import { runAgainst } from "../support/runAgainst.ts";
import type { RunOptions } from "../support/runCommand.ts";

const id = "0123456789abcdef01234567";
const other = "a".repeat(24);
const group = { name: "beta", description: null, color: "#2ecc71", fw_version: 7 };

const answers = {
  "GET /v1/products/7/groups": { body: { groups: [group] } },
  "GET /v1/products/7/groups/beta": { body: { group: { ...group, device_count: 2 } } },
  "POST /v1/products/7/groups": { status: 201, body: { group } },
  "PUT /v1/products/7/groups/beta": { body: { group } },
  "DELETE /v1/products/7/groups/beta": { status: 204, body: "" },
  "PUT /v1/products/7/devices": { body: { ok: true, devices: 2, added: ["beta"], removed: [] } },
  "GET /v1/products/7/devices/lamp": { body: { id: other, functions: [], variables: {} } },
};

const groups = (args: readonly string[], options: RunOptions = {}) =>
  runAgainst(answers, ["groups", ...args, "--product", "7"], options);

const terminal = { isTerminal: true };

describe("groups", () => {
  it("are listed and shown with the number of their devices", async () => {
    const listed = await groups(["list", "--search", "be"], terminal);
    expect(listed.stdout).toMatch(/^NAME +FIRMWARE +COLOR +DESCRIPTION\nbeta +7 /);
    expect(listed.asked[0]?.query).toEqual({ name: "be" });
    expect((await groups(["get", "beta"], terminal)).stdout).toContain("devices      2");
  });

  it("are created and changed with the fields that are given", async () => {
    const created = await groups(["create", "beta", "--color", "#2ecc71"]);
    expect(created.asked[0]?.body).toEqual({ name: "beta", color: "#2ecc71" });
    const changed = await groups(["update", "beta", "--name", "gamma"]);
    expect(changed.asked[0]?.body).toEqual({ name: "gamma" });
    expect(await groups(["update", "beta"])).toMatchObject({ exit: 2, asked: [] });
  });

  it("take and release several devices at once, by id or name", async () => {
    const added = await groups(["add", "beta", id, "lamp"], terminal);
    expect(added.stdout).toBe("2 devices added to group beta.\n");
    expect(added.asked.at(-1)?.body).toEqual({
      action: "groups",
      devices: [id, other],
      metadata: { add: ["beta"], remove: [] },
    });
    const removed = await groups(["remove", "beta", id]);
    expect(removed.asked[0]?.body).toMatchObject({ metadata: { add: [], remove: ["beta"] } });
    expect(await groups(["add", "beta"])).toMatchObject({ exit: 2, asked: [] });
  });

  it("are deleted after a question that names their devices", async () => {
    const no = await groups(["delete", "beta"], { ...terminal, typed: "\r" });
    expect(no.stderr).toContain("2 devices of it stay in the product");
    expect([no.exit, no.asked.length]).toEqual([1, 1]);
    expect((await groups(["delete", "beta", "--yes"])).asked[1]?.method).toBe("DELETE");
  });
});

describe("products list", () => {
  it("shows the numbers for --product", async () => {
    const product = { id: 7, slug: "lamp-7", name: "Lamp", role: "owner", description: "" };
    const products = { "GET /v1/products": { body: { products: [product] } } };
    const { stdout } = await runAgainst(products, ["products", "list"], terminal);
    expect(stdout).toMatch(/7 +lamp-7 +Lamp +owner/);
  });
});
