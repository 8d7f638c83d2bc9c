// The worker as a user of BullMQ would write it. It runs in the folder that npm installed BullMQ
// into. An event is acknowledged when Redis has the job; the job ends when the target has answered.
import { readFileSync } from "node:fs";
import { Agent, request } from "node:http";
// biome-ignore lint/correctness/noUndeclaredDependencies: npm installs it beside the copy of this file
import { Queue, Worker } from "bullmq";
import mqtt from "mqtt";

const { url, ca, cert, key, redis, routes } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const connection = { path: redis, maxRetriesPerRequest: null };
const targets = new Map(routes.map(({ event, url }) => [event, url]));

// The connection limit of a worker of the cloud for one target.
const concurrency = 20;
const agent = new Agent({ keepAlive: true, maxSockets: concurrency });

const post = (target, body) =>
  new Promise((resolve, reject) => {
    const headers = {
      "content-type": "application/json",
      "content-length": Buffer.byteLength(body),
    };
    request(target, { agent, method: "POST", headers, timeout: 20_000 })
      .on("response", (response) => {
        response.resume();
        response.on("error", reject);
        response.on("end", () => {
          if (response.statusCode < 300) resolve();
          else reject(new Error(`status ${response.statusCode}`));
        });
      })
      .on("timeout", function () {
        this.destroy(new Error("timeout"));
      })
      .on("error", reject)
      .end(body);
  });

const queue = new Queue("events", { connection });
const job = {
  attempts: 10,
  backoff: { type: "exponential", delay: 1_000 },
  removeOnComplete: true,
};
const worker = new Worker("events", ({ data }) => post(data.target, data.body), {
  connection,
  concurrency,
});
for (const emitter of [queue, worker]) emitter.on("error", () => {});

// A persistent session: the broker keeps events while the worker is down.
const client = mqtt.connect(url, { ca, cert, key, clientId: "bullmq", clean: false });
client.handleMessage = ({ topic, payload }, done) => {
  const target = targets.get(topic.split("/")[3]);
  if (target === undefined) return done();
  const data = { target, body: payload.toString() };
  queue.add("post", data, job).then(
    () => done(),
    (error) => done(error),
  );
};
await worker.waitUntilReady();
await client.subscribeAsync("events/#", { qos: 1 });
