import { configureGlobal } from 'fast-check';

// Most mutants fail in the first cases of a property. What survives meets all cases in the second look.
configureGlobal({ interruptAfterTimeLimit: 300 });
