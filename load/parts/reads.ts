import { randomBytes } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { createOwner } from "../../fleet/firmware.ts";
import { registerKeys, uploadImage } from "../../fleet/release.ts";
import type { Ground, Tenant } from "../cloud/ground.ts";
import type { Step } from "../process/driverJob.ts";
import type { Part } from "./part.ts";

const get = (path: string, { token }: Pick<Tenant, "token">): Step => ({
  method: "GET",
  path,
  headers: { authorization: `Bearer ${token}` },
});

const requests = (ground: Pick<Ground, "api">, sequences: Step[][]) => ({
  kind: "request" as const,
  base: ground.api,
  sequences,
});

const imageBytes = 65_536;
const version = 1;

/** Downloads of an image by the API. */
export const downloads: Part = {
  does: `downloads of a firmware of ${imageBytes / 1_024} kB by the API`,
  units: "downloads",
  documented: { perSecond: 20, source: "Load at five times: downloads" },
  seconds: 10,
  measured: "replies",
  async prepare({ ground, lanes }) {
    const drivers = [];
    for (const { tenant } of lanes) {
      const { token, product } = tenant;
      const api = { url: ground.api, token };
      const owner = createOwner(product);
      await registerKeys(api, product, owner.document);
      const marker = `load ${randomBytes(8).toString("hex")}`;
      const image = Buffer.concat([Buffer.from(marker), Buffer.alloc(imageBytes - marker.length)]);
      await uploadImage(api, product, { version, file: owner.sign(image, version) });
      const step = get(`/v1/products/${product}/firmware/${version}/binary`, tenant);
      drivers.push(requests(ground, [[{ ...step, expect: marker }]]));
    }
    return { drivers };
  },
};

const statusFiles = ["/index.html", "/api/v2/summary.json", "/history.atom"];
const statusMsMax = 150_000;
const pollMs = 1_000;

/** Readers of the status page. */
export const status: Part = {
  does: "readers of the status page: its first page, its summary and its feed",
  units: "readers",
  documented: { perSecond: 50, source: "Load at five times: the status page" },
  seconds: 10,
  measured: "replies",
  async prepare({ ground, lanes, log }) {
    const page = ground.statusPage;
    if (page === undefined) throw new Error("this deployment has no address of a status page");
    log("waiting for the status page");
    const last = performance.now() + statusMsMax;
    const isThere = async () => (await fetch(`${page}${statusFiles[0]}`)).ok;
    while (!(await isThere())) {
      if (performance.now() > last) throw new Error("the status page was not written in time");
      await wait(pollMs);
    }
    const { pathname, origin } = new URL(page);
    const steps = statusFiles.map((file) => ({ method: "GET", path: `${pathname}${file}` }));
    return { drivers: lanes.map(() => requests({ api: origin }, [steps])) };
  },
};

/** Sign-ins end the oldest of 20 sessions of a user, so several users sign in. */
const ratePerUser = 5;
const usersMax = 20;

/** Sessions of the console: a sign-in with a password, and the requests of its first screens. */
export const consoleSessions: Part = {
  does: "sessions of the console: sign in, and the requests of its first screens",
  units: "sessions",
  documented: { perSecond: 5, source: "Load at five times: sessions of the console" },
  seconds: 10,
  measured: "replies",
  async prepare({ ground, lanes, log }) {
    log("adding the users");
    const drivers = [];
    for (const { lane, tenant } of lanes) {
      const users = [tenant];
      const count = Math.min(usersMax, Math.ceil(lane.rate / ratePerUser));
      while (users.length < count) users.push(await ground.addTenant());
      drivers.push(requests(ground, users.map(sessionOf)));
    }
    return { drivers };
  },
};

const sessionOf = ({ username, password, product }: Tenant): Step[] => {
  if (password === undefined) throw new Error("sessions of the console need --stack. Try --help.");
  // A browser names the origin of its page.
  const headers = { "sec-fetch-site": "same-origin", "content-type": "application/json" };
  const screen = (path: string): Step => ({ method: "GET", path, headers });
  return [
    {
      method: "POST",
      path: "/v1/session",
      headers,
      body: JSON.stringify({ username, password }),
      expect: '"signed_in":true',
    },
    screen("/v1/session"),
    screen("/v1/products"),
    screen(`/v1/products/${product}/devices?limit=100`),
    screen(`/v1/products/${product}/integrations`),
    screen(`/v1/products/${product}/series`),
  ];
};
