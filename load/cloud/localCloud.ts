import { countsOf } from "../../bench/cost/counts.ts";
import { stopLater } from "../../bench/system/cleanup.ts";
import { usageOf } from "../../bench/system/usage.ts";
import { startCloudProcess } from "../../drill/cloud/cloudProcess.ts";
import { watchPages } from "../../drill/pageWatch.ts";
import type { LocalFacts } from "../runPart.ts";
import type { Ground } from "./ground.ts";
import { openGround } from "./openGround.ts";

/** Minutes of the clock of the alarms: the longest evaluation period, and one more. */
const alarmMinutes = 6;

/**
 * Starts a cloud on this machine as `npm start` runs it, with its state on disk and a receiver of
 * pages. Nothing of it is left afterwards.
 */
export const startLocalCloud = async (): Promise<{ ground: Ground; local: LocalFacts }> => {
  const starting = startCloudProcess({ regions: 1 });
  // A signal can arrive while it starts.
  const stop = stopLater(async () => (await starting).stop());
  const cloud = await starting;
  const { api, mqtt, control } = cloud.primary;
  const { ca, admin } = cloud;
  const ground = openGround({
    api,
    mqtt,
    ca,
    admin,
    statusPage: `${api}/status`,
    target: { port: 0 },
  });
  return {
    ground: { ...ground, stop },
    local: {
      counts: async () => countsOf(await control.state()),
      usage: () => usageOf([cloud.pid]),
      watchPages() {
        const watch = watchPages(cloud, { required: [], allowed: [] }, "short");
        watch.begin();
        return async () => {
          for (let minute = 0; minute < alarmMinutes; minute += 1) await watch.beforeRecovery();
          return Object.values((await watch.finish()).details);
        };
      },
    },
  };
};
