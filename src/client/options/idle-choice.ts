/** The option `idle`: what becomes of a session that nobody speaks to. */

/**
 * What a session does when the service closes it for want of input:
 * - `reconnect` (default): comes back, but after two such closes in a row waits for the first words
 * - `reconnectOnDemand`: waits for the first words at once
 * - `stay`: always comes back
 */
export const IDLE_CHOICES = ['reconnect', 'reconnectOnDemand', 'stay'] as const;
export type IdleChoice = (typeof IDLE_CHOICES)[number];
