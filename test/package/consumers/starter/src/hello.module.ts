import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { ApigSignatureModule } from 'nestjs-apig-signature';
import { HelloController } from './hello.controller.js';

@Module({ imports: [ConfigModule.forRoot(), ApigSignatureModule.forRoot()], controllers: [HelloController] })
export class HelloModule {}
