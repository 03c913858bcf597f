import { addressAssociations } from '../../../../tools/change/rules/address-associations';
import { changed, getAtt, placesOf, ref } from '../changed';

const instance = (image: string) => ({ Type: 'AWS::EC2::Instance', Properties: { ImageId: image } });
const address = { Address: { Type: 'AWS::EC2::EIP' } };
const association = (of = 'Instance') => ({
  Type: 'AWS::EC2::EIPAssociation',
  Properties: { AllocationId: getAtt('Address', 'AllocationId'), InstanceId: ref(of) },
});
const takesItAtBoot = {
  Policy: { Type: 'AWS::IAM::Policy', Properties: { PolicyDocument: { Resource: getAtt('Address', 'AllocationId') } } },
};

test('an association that is replaced with its instance finds the address associated', () => {
  const before = { ...address, Instance: instance('ami-1'), Association: association() };
  const change = changed(before, { ...before, Instance: instance('ami-2') });
  expect(placesOf(addressAssociations.find(change))).toEqual(['Stack Association']);
});

test('an address that CloudFormation associates on one side, and an instance at boot on the other, is taken twice', () => {
  const byTemplate = { ...address, Instance: instance('ami-1'), Association: association() };
  const atBoot = { ...address, ...takesItAtBoot };
  const there = addressAssociations.find(changed(byTemplate, atBoot));
  const back = addressAssociations.find(changed(atBoot, byTemplate));
  expect(placesOf([...there, ...back])).toEqual(['Stack Association', 'Stack Association']);
});

test('an address that instances take at boot before and after has one mechanism', () => {
  const before = { ...address, ...takesItAtBoot, Instance: instance('ami-1') };
  expect(addressAssociations.find(changed(before, { ...before, Instance: instance('ami-2') }))).toEqual([]);
});

test('an address that comes with its association is free', () => {
  const after = { ...address, Instance: instance('ami-1'), Association: association() };
  expect(addressAssociations.find(changed({ Instance: instance('ami-1') }, after))).toEqual([]);
});
