/**
 * A page to sign requests on, for development.
 *
 * @module nestjs-apig-signature/signer-page
 */

export { SignerPageModule } from './signer-page.module.js';
