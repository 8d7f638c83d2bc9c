import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { motoDifferences } from "../difference/moto.ts";
import type { EmulatorKind } from "./emulator.ts";
import { emulatorEnvironment, inherited } from "./environment.ts";
import { freePort } from "./freePort.ts";
import { startServer } from "./startServer.ts";

/** moto's server: many services, without an MQTT broker; functions need Docker. */
export const moto: EmulatorKind = {
  name: "moto",
  title: "moto",
  differences: motoDifferences,
  deployOptions: { first: ["--method", "direct"], later: ["--method", "direct"] },

  async start({ bin, folder }) {
    const port = await freePort();
    // It reads the name of a bucket from the path of a URL on this host only.
    const url = `http://localhost:${port}`;
    const files = join(folder, "files");
    await mkdir(files, { recursive: true });
    const running = await startServer(
      {
        command: join(bin, "python"),
        args: [join(bin, "moto_server"), "-H", "127.0.0.1", "-p", `${port}`],
        cwd: files,
        env: { ...inherited(), TMPDIR: files, MOTO_ACCOUNT_ID: "000000000000" },
      },
      `http://127.0.0.1:${port}/moto-api/`,
    );
    return {
      url,
      env: emulatorEnvironment(url, folder),
      takeLog: running.takeOutput,
      stop: running.stop,
    };
  },

  readLog: (output) => [
    ...new Set(
      output
        .split("\n")
        .filter((line) => /^No Moto CloudFormation support for |^\w*Error: /.test(line))
        .map((line) => line.trim()),
    ),
  ],
};
