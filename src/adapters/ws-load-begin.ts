/** Evaluated before `ws`: modules are evaluated in the order in which they are imported. */
import { hideBrokenBufferUtil } from './buffer-util.js';

export const restoreEnvironment = hideBrokenBufferUtil();
