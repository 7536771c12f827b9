import { All, Controller, HttpCode, Module, type DynamicModule } from '@nestjs/common';
import {
  ApigSignatureModule,
  RequireApigSignature,
  VerifiedSignature,
  type ApigSignatureOptions,
  type VerifiedRequest,
} from '../../src/index.js';

@RequireApigSignature()
@Controller()
class CatchAllController {
  @All('*')
  @HttpCode(200)
  call(@VerifiedSignature() { key, bodyVerified }: VerifiedRequest) {
    return { key, bodyVerified };
  }
}

@Module({})
class CatchAllModule {}

/** An application whose one guarded handler serves every method and path, and answers who called. */
export function catchAll(options: ApigSignatureOptions): DynamicModule {
  return {
    module: CatchAllModule,
    imports: [ApigSignatureModule.forRoot(options)],
    controllers: [CatchAllController],
  };
}
