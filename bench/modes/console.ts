import { setTimeout as wait } from "node:timers/promises";
import { openBrowser } from "../../test/browser/support/openBrowser.ts";
import { measureConsole } from "../console/measureConsole.ts";
import { pace } from "../latency/pace.ts";
import { connectDevice, connectionRateMax } from "../latency/publishers.ts";
import { consoleSections } from "../report/consoleSections.ts";
import { addDevices } from "../system/addDevices.ts";
import { stopLater } from "../system/cleanup.ts";
import { startCloud } from "../system/cloud.ts";
import { eventName } from "../system/system.ts";
import type { Mode } from "./mode.ts";

/** Devices are added for this time, then it measures with fewer. */
const addingMsMax = 1_200_000;
/** The last events arrive after this time. */
const settleMs = 1_000;

/** The console in a browser, with a large fleet and a fast event stream. */
export const consoleMode: Mode = async ({ connections: requested, rate, seconds, place }, log) => {
  const browser = await openBrowser();
  if (browser === undefined) throw new Error("no browser: set CHROMIUM_PATH");
  stopLater(() => browser.close());
  log("starting the cloud");
  const cloud = await startCloud([], place);
  log(`adding ${requested} devices`);
  const { product, devices } = await addDevices(cloud, requested, addingMsMax);
  const publishing = devices.slice(0, Math.ceil(rate / connectionRateMax));
  const clients = await Promise.all(publishing.map((each) => connectDevice(cloud, each)));
  stopLater(async () => {
    for (const client of clients) client.end(true);
  });
  const publish = async (secondsLong: number): Promise<void> => {
    await pace({ events: Math.round(rate * secondsLong), rate }, (number) => {
      const index = number % clients.length;
      const from = publishing[index];
      if (from === undefined) return;
      const data = JSON.stringify({ celsius: number % 40, number });
      clients[index]?.publish(`events/${from.fleet}/${from.id}/${eventName}`, data, { qos: 1 });
    });
    await wait(settleMs);
  };
  const made = await cloud.admin({ addSessionLink: { username: cloud.username } });
  log(`measuring the console with ${devices.length} devices`);
  const result = await measureConsole(browser, {
    link: `${cloud.api.url}/${Object(made).path}`,
    fleet: `${cloud.api.url}/console/products/${product}`,
    devices: devices.length,
    rate,
    seconds,
    publish,
  });
  return { data: { console: result }, sections: consoleSections(result) };
};
