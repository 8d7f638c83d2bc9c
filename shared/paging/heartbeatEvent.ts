/** The source and the type of heartbeats on the event bus. */
export const heartbeatSource = "godwit.watcher";
export const heartbeatDetailType = "Godwit Heartbeat";
