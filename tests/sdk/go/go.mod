module penstock.example/sdk

go 1.19

require github.com/zenlayer/zenlayercloud-sdk-go v0.2.44
