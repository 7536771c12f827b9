import { testsIn } from './shared.vitest.config.js';

export default testsIn('nest');
