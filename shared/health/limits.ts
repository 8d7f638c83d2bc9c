/** How long the parts of this region may take to say that they are there. Health checks of Route 53 wait 2 s for a whole reply. */
export const healthCheckMsMax = 1_500;
/** For how long an answer about this region's health is good: checkers ask from many places at once. */
export const healthCacheMs = 5_000;
