import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ministackDifferences } from "../difference/ministack.ts";
import type { EmulatorKind } from "./emulator.ts";
import { commands, emulatorEnvironment, inherited } from "./environment.ts";
import { freePort } from "./freePort.ts";
import { startServer } from "./startServer.ts";

/** MiniStack: runs functions in processes of Node.js, and has an MQTT broker with topic rules. */
export const ministack: EmulatorKind = {
  name: "ministack",
  title: "MiniStack",
  differences: ministackDifferences,
  deployOptions: { first: [], later: [] },

  async start({ bin, folder }) {
    const [port, mqttPort] = [await freePort(), await freePort()];
    const url = `http://127.0.0.1:${port}`;
    const files = join(folder, "files");
    await mkdir(files, { recursive: true });
    const running = await startServer(
      {
        command: join(bin, "python"),
        args: [fileURLToPath(new URL("loopback.py", import.meta.url))],
        cwd: files,
        env: {
          ...inherited(),
          GATEWAY_PORT: `${port}`,
          BIND_HOST: "127.0.0.1",
          MINISTACK_HOST: "127.0.0.1",
          IOT_MTLS_ENABLED: "1",
          IOT_MTLS_PORT: `${mqttPort}`,
          SFTP_ENABLED: "0",
          STATE_DIR: join(files, "state"),
          S3_DATA_DIR: join(files, "s3"),
          TMPDIR: files,
          // Lambda's runtime has the AWS SDK.
          NODE_PATH: join(commands, ".."),
        },
      },
      `${url}/_ministack/health`,
    );
    return {
      url,
      mqttUrl: `mqtts://127.0.0.1:${mqttPort}`,
      apiUrl: (id, stage) => `${url}/restapis/${id}/${stage}/_user_request_`,
      env: emulatorEnvironment(url, folder),
      takeLog: running.takeOutput,
      stop: running.stop,
    };
  },

  readLog: (output) =>
    output
      .split("\n")
      .flatMap(
        (line) => /(?:WARNING|ERROR) \[(?:cloudformation|iot)\] (.+)$/.exec(line)?.[1] ?? [],
      ),
};
