// Prints the line items of an export, whose manifest comes from Microsoft's SDK.
package main

import (
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"os"
	"path"
	"time"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/policy"
	abstractions "github.com/microsoft/kiota-abstractions-go"
	kiotaazure "github.com/microsoft/kiota-authentication-azure-go"
	kiota "github.com/microsoft/kiota-http-go"
	msgraph "github.com/microsoftgraph/msgraph-sdk-go"
	models "github.com/microsoftgraph/msgraph-sdk-go/models/partners/billing"
	"github.com/microsoftgraph/msgraph-sdk-go/reports"
)

type token struct{}

func (token) GetToken(context.Context, policy.TokenRequestOptions) (azcore.AccessToken, error) {
	return azcore.AccessToken{Token: "any", ExpiresOn: time.Now().Add(time.Hour)}, nil
}

func main() {
	ctx := context.Background()
	// By default, the SDK sends the token only to Microsoft.
	scopes, hosts := []string{"https://graph.microsoft.com/.default"}, []string{"127.0.0.1"}
	credential, err := kiotaazure.NewAzureIdentityAuthenticationProviderWithScopesAndValidHosts(token{}, scopes, hosts)
	check(err)
	adapter, err := msgraph.NewGraphRequestAdapter(credential)
	check(err)
	adapter.SetBaseUrl(os.Args[1])
	billing := msgraph.NewGraphServiceClient(adapter).Reports().Partners().Billing()

	// The SDK returns the body, and there is none: the header has the ID.
	headers := kiota.NewHeadersInspectionOptions()
	headers.InspectResponseHeaders = true
	body := reports.NewPartnersBillingUsageUnbilledMicrosoftGraphPartnersBillingExportExportPostRequestBody()
	currency, period := "USD", models.LAST_BILLINGPERIOD
	body.SetCurrencyCode(&currency)
	body.SetBillingPeriod(&period)
	export := billing.Usage().Unbilled().MicrosoftGraphPartnersBillingExport()
	_, err = export.Post(ctx, body, &reports.PartnersBillingUsageUnbilledMicrosoftGraphPartnersBillingExportRequestBuilderPostRequestConfiguration{
		Options: []abstractions.RequestOption{headers},
	})
	check(err)
	id := path.Base(headers.GetResponseHeaders().Get("Location")[0])
	operation, err := billing.Operations().ByOperationId(id).Get(ctx, nil)
	for check(err); isRunning(operation); check(err) {
		time.Sleep(time.Second)
		operation, err = billing.Operations().ByOperationId(id).Get(ctx, nil)
	}
	manifest := operation.(models.ExportSuccessOperationable).GetResourceLocation()
	if manifest == nil {
		link := operation.GetAdditionalData()["resourceLocation@odata.navigationLink"].(*string)
		manifest, err = billing.Manifests().ByManifestId(path.Base(*link)).Get(ctx, nil)
		check(err)
	}
	for _, blob := range manifest.GetBlobs() {
		stored, err := http.Get(*manifest.GetRootDirectory() + "/" + *blob.GetName() + "?" + *manifest.GetSasToken())
		check(err)
		lines, err := gzip.NewReader(stored.Body)
		check(err)
		_, err = io.Copy(os.Stdout, lines)
		check(err)
	}
}

func isRunning(operation models.Operationable) bool {
	// Not the interface, which every operation implements.
	_, running := operation.(*models.RunningOperation)
	return running
}

func check(err error) {
	if err != nil {
		panic(err)
	}
}
