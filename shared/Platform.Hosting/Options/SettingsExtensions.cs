using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Platform.Hosting;

public static class SettingsExtensions
{
    /// <summary>
    /// Binds a validated options record to a section; a wrong value ends the start with one line that names key, value and
    /// what is allowed. The record itself is injectable too.
    /// </summary>
    public static WebApplicationBuilder AddSettings<T>(this WebApplicationBuilder builder, string section)
        where T : class
    {
        builder.Services.AddOptions<T>().BindConfiguration(section).ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<T>>(new SettingsValidator<T>(section));
        builder.Services.AddSingleton(services => services.GetRequiredService<IOptions<T>>().Value);
        return builder;
    }
}
