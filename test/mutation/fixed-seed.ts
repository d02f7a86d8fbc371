/** One fixed seed for every property test, so that a mutant is killed in each run or in none. */
import fc from 'fast-check';

fc.configureGlobal({ ...fc.readConfigureGlobal(), seed: 5 });
